from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines.adaptable.trainable import Trainable
from baselines.data.frames import from_demonstrations
from baselines.methods._peft import PeftMethod
from baselines.pipeline import heads
from baselines.policies.pi0.layout import PARTS
from baselines.training.attach import attach, merge
from baselines.training.batches import Batches, frozen_blocks
from baselines.training.features import embed_images
from baselines.training.sliced import SlicedOutput, SlicedQuery
from baselines.training.trainability import probe
from harness.core import registry
from harness.core.errors import UserError
from harness.core.rng import derive_rng

TRAINING = [
    name
    for name in registry.names("method")
    if name != "frozen" and not isinstance(registry.find("method", name), PeftMethod)  # see their contract
]
LAST = "model.vlm.language_model.layers.2."


def trainable_of(batches, method, num_heads=4):
    policy, frames = batches.policy, batches.frames
    trainability, chosen = probe(policy, frames), {}
    if method.uses_heads:
        material = heads.record(policy, frames, embed_images(policy, frames), trainability, method, 0)
        chosen = heads.by_stream(heads.select(material, method, num_heads))
    return method.trainable(policy, chosen, trainability)


def shake(parameters) -> None:
    """Give every trained parameter a small random change, second adapter factors included."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for value in parameters.values():
            value.add_(0.02 * torch.randn(value.shape, generator=generator))


def test_probe_finds_the_dead_end_of_the_language_stream(batches) -> None:
    """The expert reads keys and values only, so the last layer's query, output and feed-forward are dead."""
    found = probe(batches.policy, batches.frames)
    assert found.heads["language"].all(1).tolist() == [True, True, False]
    assert not found.heads["language"][2].any()
    assert found.heads["expert"].all()
    own = {name.removeprefix(LAST).split(".")[1] for name in found.parameters if name.startswith(LAST)}
    assert own == {"k_proj", "v_proj", "weight"}  # and the norm before them
    assert "model.dit.embed_tokens.weight" not in found.parameters
    assert all(value.grad is None for value in batches.policy.model.parameters())


@pytest.mark.parametrize("name", TRAINING)
def test_every_trained_parameter_gets_a_gradient(batches, name) -> None:
    model = batches.policy.model
    parameters = attach(batches.policy, trainable_of(batches, registry.find("method", name)), seed=1)
    assert parameters
    shake(parameters)  # a zero second factor would hide the first one's gradient
    batches.loss(np.arange(8), derive_rng(0)).backward()
    for key, value in parameters.items():
        assert value.grad is not None, key
        assert value.grad.any(), key
    assert {key for key, value in model.named_parameters() if value.grad is not None} == set(parameters)


@pytest.mark.parametrize("name", TRAINING)
def test_attached_adapters_change_nothing_and_merged_ones_are_kept(batches, observations, name) -> None:
    policy = batches.policy
    kinds = {key: type(module) for key, module in policy.model.named_modules()}

    def act():
        return policy.act(observations, [derive_rng(i) for i in range(3)])

    before = act()
    trainable = trainable_of(batches, registry.find("method", name))
    parameters = attach(policy, trainable, seed=1)
    assert np.allclose(act(), before, atol=1e-6) == registry.find("method", name).starts_at_base
    shake(parameters)
    trained = act()
    assert np.abs(trained - before).max() > 1e-3
    merge(policy, trainable)
    assert np.allclose(act(), trained, atol=1e-5)
    assert {key: type(module) for key, module in policy.model.named_modules()} == kinds


def test_what_each_method_trains(batches) -> None:
    found = {name: trainable_of(batches, registry.find("method", name)) for name in ("frozen", *TRAINING)}
    assert found["frozen"] == Trainable()
    language = [name for name in found["lora"].lora if ".language_model." in name]
    # Two whole layers, and keys and values of the last.
    assert len(language) == 2 * 7 + 2
    assert {found["lora"].lora[name] for name in language} == {16}
    assert {rank for name, rank in found["lora"].lora.items() if ".dit." in name} == {32}
    assert len(found["lora"].lora) - len(language) == 3 * 7
    assert set(found["steer"].lora) == {name for name in language if ".mlp." in name}
    assert found["steer-attn"].lora == {}
    assert found["steer-attn"].weights == found["steer"].weights
    assert all(head[0] < 2 for head in found["steer"].heads["language"])
    assert not any(name.startswith(PARTS["vision"]) for name in found["steer"].weights)


def test_controls_train_exactly_as_much_as_steering(batches) -> None:
    """And the control without heads trains exactly what is left of steering when its heads are taken away."""
    found = {
        name: trainable_of(batches, registry.find("method", name)) for name in TRAINING if name != "full"
    }
    steer = found["steer"]
    for name in ("steer-random", "steer-worst"):
        assert len(found[name].heads["language"]) == len(steer.heads["language"]) == 4
        assert replace(found[name], heads={}) == replace(steer, heads={})
        assert set(found[name].heads["language"]) != set(steer.heads["language"])
    assert found["ffn-only"] == replace(steer, heads={})
    assert found["action-proj-only"] == replace(found["steer-attn"], heads={})
    assert found["lora-expert"].lora | found["lora-language"].lora == found["lora"].lora
    assert not set(found["lora-expert"].lora) & set(found["lora-language"].lora)
    everything = {(layer, head) for layer in range(2) for head in range(4)}  # the last layer cannot act
    assert set(found["lora-heads"].heads["language"]) == everything
    assert replace(found["lora-heads"], heads={}) == replace(steer, heads={})
    assert (found["steer-text"].weights, found["steer-text"].lora) == ((), {})
    assert found["lora-attn"].lora == {k: v for k, v in found["lora"].lora.items() if ".self_attn." in k}


def test_layers_are_selected_whole(batches) -> None:
    chosen = trainable_of(batches, registry.find("method", "steer-layers"), num_heads=4).heads["language"]
    assert chosen == tuple((chosen[0][0], head) for head in range(4))
    both = trainable_of(batches, registry.find("method", "steer-layers"), num_heads=5).heads["language"]
    assert len(both) == 8  # five heads need two layers


def test_only_selected_heads_have_adapters(batches) -> None:
    attach(batches.policy, Trainable(heads={"language": ((1, 3), (1, 0))}), seed=0)
    layers = batches.policy.model.model.vlm.language_model.layers
    assert isinstance(layers[1].self_attn.q_proj, SlicedQuery)
    assert isinstance(layers[1].self_attn.o_proj, SlicedOutput)
    assert layers[1].self_attn.q_proj.index.tolist() == [3, 0]
    assert isinstance(layers[0].self_attn.q_proj, torch.nn.Linear)


def test_both_streams_and_dead_heads_are_options(batches) -> None:
    steer = registry.find("method", "steer-attn")
    both = trainable_of(batches, replace(steer, streams=("language", "expert")))
    assert {stream: len(chosen) for stream, chosen in both.heads.items()} == {"language": 4, "expert": 4}
    whole = trainable_of(batches, replace(steer, include_inert_heads=True), num_heads=12)
    assert len(whole.heads["language"]) == 8  # ranked among all 12, trained where alive


def test_more_heads_than_can_act(batches) -> None:
    with pytest.raises(UserError, match="9 heads asked for, but only 8 of 12 in the language stream"):
        trainable_of(batches, registry.find("method", "steer"), num_heads=9)


def test_found_survive_json(batches) -> None:
    plan = trainable_of(batches, registry.find("method", "steer"))
    assert Trainable.from_json(plan.to_json()) == plan


def test_attaching_leaves_the_global_generator(batches) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    attach(batches.policy, trainable_of(batches, registry.find("method", "lora")), seed=1)
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("frozen", [-1, 0, 1, 2, 3])
def test_computing_frozen_blocks_once_gives_the_same_loss_and_gradients(policy, make_demo, frozen) -> None:
    demos = [make_demo(0), make_demo(1, instruction="put the red bowl on the plate")]
    frames = from_demonstrations(demos, policy.format)
    rows = np.array([0, 7, 7, 30])
    trained = (
        "model.dit.layers.0.self_attn.k_proj.weight" if frozen == 6 else LAST + "self_attn.k_proj.weight"
    )
    parameter = policy.model.get_parameter(trained)
    found = []
    for batches in (Batches(policy, frames), Batches(policy, frames, frozen=frozen)):
        policy.model.requires_grad_(False)
        parameter.requires_grad_(True)
        loss = batches.loss(rows, derive_rng(0))
        found.append((loss.item(), *torch.autograd.grad(loss, parameter)))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-2)  # bfloat16 where the processor has it
    assert torch.nn.functional.cosine_similarity(found[0][1].flatten(), found[1][1].flatten(), 0) > 0.999


def test_what_is_frozen(batches) -> None:
    policy = batches.policy
    names = ("full", "lora", "lora-attn", "ffn-only", "action-proj-only", "steer-expert", "steer-released")
    frozen = {
        name: frozen_blocks(policy, trainable_of(batches, registry.find("method", name))) for name in names
    }
    assert frozen["steer-released"] == 0  # random factors are in the lowest layer, too
    assert (frozen["full"], frozen["lora"], frozen["lora-attn"]) == (-1, 0, 0)
    assert frozen["ffn-only"] == 1  # the lowest attention is frozen
    assert frozen["action-proj-only"] == frozen["steer-expert"] == 6
    feed_forward = {"model.vlm.language_model.layers.1.mlp.up_proj": 16}
    assert frozen_blocks(policy, Trainable(heads={"language": ((1, 3), (2, 0))}, lora=feed_forward)) == 2
    assert frozen_blocks(policy, Trainable(heads={"language": ((2, 0),)}, lora=feed_forward)) == 3
