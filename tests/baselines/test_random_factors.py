import copy

import numpy as np
import pytest
import torch
from torch import nn

from baselines.adaptable.normalisation import Normalisation
from baselines.adaptable.trainable import RandomFactors
from baselines.policies.pi0.architecture import build, make_config
from baselines.policies.pi0.fake import SEED
from baselines.policies.pi0.network import encode_prefix, pad, velocity
from baselines.policies.pi0.policy import Pi0Policy, Profile
from baselines.policies.pi0.sizes import TINY
from baselines.policies.pi0.tokenizer import WordTokenizer
from baselines.training.attach import attach
from baselines.training.batches import Batches
from baselines.training.finetune import Schedule, finetune
from baselines.training.random_factors import RandomAdapter
from baselines.training.trainability import probe
from harness.core import registry
from harness.core.rng import derive_rng

CHOSEN = {"language": ((0, 1), (0, 3), (1, 2))}
LAYER = "model.vlm.language_model.layers.0.self_attn.o_proj"


def einsum(name: str, x: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """openpi's equations as they stand in its `gemma.py` and `lora.py`."""
    if name.endswith("q_proj"):
        low = torch.einsum("BTD,NDL->BTNL", x, a)
        return torch.einsum("BTNL,NLH->BTNH", low, b).flatten(2)
    if name.endswith(("k_proj", "v_proj")):
        low = torch.einsum("BSD,KDL->BSKL", x, a)
        return torch.einsum("BSKL,KLH->BSKH", low, b).flatten(2)
    if name.endswith("o_proj"):
        low = torch.einsum("BTNH,NHL->BTL", x.unflatten(-1, (len(a), -1)), a)
        return torch.einsum("BTL,NLD->BTD", low, b)
    return x @ a[0] @ b[0]  # `FeedForward._dot`


class Plain:
    """The released training step, rewritten without our adapters: all factors trained, gradients masked."""

    def __init__(self, policy, factors, weights) -> None:
        self.policy = policy
        self.factors = {name: [nn.Parameter(value.clone()) for value in own] for name, own in factors.items()}
        self.names = {f"{name}.{place}": own[place] for name, own in self.factors.items() for place in (0, 1)}
        self.names |= {name: policy.model.get_parameter(name) for name in weights}
        policy.model.requires_grad_(False)
        for value in self.names.values():
            value.requires_grad_(True)
        for name, own in self.factors.items():
            policy.model.get_submodule(name).register_forward_hook(
                lambda _, inputs, out, name=name, own=own: out + einsum(name, inputs[0], *own)
            )

    def masked(self, name: str, gradient: torch.Tensor) -> torch.Tensor:
        """`_create_head_tuning_mask` with `freeze_kv`, and the frozen expert."""
        if ".dit." in name:
            return torch.zeros_like(gradient)
        if ".self_attn." not in name:
            return gradient
        mask = torch.zeros_like(gradient)
        if ".q_proj" in name or ".o_proj" in name:
            for layer, head in CHOSEN["language"]:
                if f".layers.{layer}." in name:
                    mask[head] = 1
        return gradient * mask

    def train(self, batches, schedule) -> None:
        moments = {
            name: (torch.zeros_like(value), torch.zeros_like(value)) for name, value in self.names.items()
        }
        for step in range(schedule.steps):
            rng = derive_rng("finetune", 0, step)
            rows = batches.draw(schedule.batch_size, rng, batches.rows)
            found = torch.autograd.grad(
                batches.loss(rows, rng), tuple(self.names.values()), allow_unused=True
            )
            gradients = {
                name: self.masked(name, torch.zeros_like(value) if own is None else own)
                for (name, value), own in zip(self.names.items(), found, strict=True)
            }
            norm = torch.sqrt(sum(own.square().sum() for own in gradients.values()))
            for name, own in gradients.items():
                own = own / max(norm, 1.0)  # optax.clip_by_global_norm(1.0)
                first, second = moments[name]
                first.mul_(0.9).add_(0.1 * own)
                second.mul_(0.95).add_(0.05 * own**2)
                up = (first / (1 - 0.9 ** (step + 1))) / (
                    torch.sqrt(second / (1 - 0.95 ** (step + 1))) + 1e-8
                )
                value = self.names[name]
                with torch.no_grad():
                    value -= schedule.rate(step) * (up + 1e-10 * value)


def released(policy, frames):
    method = registry.find("method", "steer-released")
    return method, method.trainable(policy, CHOSEN, probe(policy, frames))


def test_updates_equal_those_of_masked_gradients_on_a_plain_rewriting(policy, frames) -> None:
    method, plan = released(policy, frames)
    other = copy.copy(policy)
    other.model = copy.deepcopy(policy.model)
    parameters = attach(policy, plan, seed=4)
    adapters = {name: policy.model.get_submodule(name) for name in plan.random}
    plain = Plain(
        other,
        {name: tuple(value.detach() for value in own.factors) for name, own in adapters.items()},
        plan.weights,
    )
    start = {name: value.detach().clone() for name, value in plain.names.items()}
    schedule = Schedule(4, 8, 1e-2, weight_decay=method.weight_decay, clip=1.0)
    finetune(Batches(policy, frames, exact=True), parameters, schedule, seed=0)
    plain.train(Batches(other, frames, exact=True), schedule)
    for name, value in plain.names.items():
        module, _, place = name.rpartition(".")
        ours = (
            adapters[module].factors[int(place)] if module in adapters else policy.model.get_parameter(name)
        )
        update = value - start[name]
        assert (ours - start[name] - update).norm() <= 1e-5 * max(1.0, update.norm()), name
        if module in adapters and ".dit." in name:
            assert not update.any(), name
    moved = plain.names[f"{LAYER}.1"] - start[f"{LAYER}.1"]
    assert moved[[1, 3]].any()
    assert not moved[[0, 2]].any()


def test_masking_does_not_keep_unselected_heads(policy, frames) -> None:
    """Their second factor is masked, but what their first one is multiplied with is the sum over heads."""
    _, plan = released(policy, frames)
    parameters = attach(policy, plan, seed=4)
    before = copy.deepcopy(policy.model.get_submodule(LAYER)).merged().weight.clone()
    finetune(Batches(policy, frames), parameters, Schedule(2, 8, 1e-2), seed=0)
    moved = (policy.model.get_submodule(LAYER).merged().weight - before).unflatten(1, (TINY.heads, -1))
    per_head = moved.square().sum((0, 2)).sqrt()
    assert (per_head > 1e-5).all()  # heads 0 and 2 were not selected


@pytest.mark.parametrize("per_output", [True, False])
@pytest.mark.parametrize("heads", [1, 3])
def test_merging_changes_nothing(per_output, heads) -> None:
    factors = RandomFactors(4, heads, per_output, (0,))
    layer = RandomAdapter(nn.Linear(12, 18), factors, torch.Generator().manual_seed(1))
    assert all(0.005 < values.std() < 0.02 for values in layer.factors)
    x = torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(2))
    expected = layer(x)
    assert (expected - layer.base(x)).abs().max() > 1e-5
    assert torch.allclose(layer.merged()(x), expected, atol=1e-6)


@pytest.mark.parametrize("pads", [False, True])
def test_padding_counts_in_the_loss_where_a_method_says_so(frames, pads) -> None:
    config = make_config(TINY, 8)
    config.max_action_dim = 12
    words = WordTokenizer(("open",))
    normalisation = Normalisation.measure(frames.state, frames.actions)
    profile = Profile("padded", TINY.image_size, TINY.horizon)
    policy = Pi0Policy(build(config, SEED).eval(), words, normalisation, profile)
    rows, rng = np.arange(5), derive_rng("test")
    with torch.no_grad():
        found = Batches(policy, frames, exact=True, pads_actions=pads).loss(rows, rng, state_noise=0.0)
        rng = derive_rng("test")
        state = policy.normalisation.state_in(frames.state[rows])
        rng.standard_normal(state.shape, np.float32)
        draws = policy.draw(len(rows), rng)
        actions = pad(policy.tensor(policy.normalisation.actions_in(frames.chunks[rows])), 12)
        texts = [frames.instructions[number] for number in frames.instruction[rows]]
        features = policy.embed_images(policy.tensor(frames.images[rows]))
        prefix = encode_prefix(policy.model, features, *policy.encode(texts))
        time, noise = draws["time"][:, None, None], draws["noise"]
        noisy = time * noise + (1 - time) * actions
        error = velocity(policy.model, prefix, policy.tensor(state), noisy, draws["time"]) - (noise - actions)
    assert torch.allclose(found, error[..., : 12 if pads else 7].square().mean(), rtol=1e-5)
