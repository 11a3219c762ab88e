from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines.adaptable.trainable import PeftAdapter, Trainable
from baselines.pipeline.adapt import Settings, adapt
from baselines.training import peft_adapters
from baselines.training.attach import attach, merge
from baselines.training.batches import Batches
from baselines.training.finetune import Schedule, finetune
from harness.core import registry
from harness.core.errors import UserError

QUERY = "model.dit.layers.0.self_attn.q_proj"
NORM = "model.dit.layers.0.input_layernorm"


def plan(kind: str, *targets: str, **options: object) -> Trainable:
    return Trainable(peft=(PeftAdapter(kind, targets, options),))


def test_a_layer_without_a_mergeable_adapter_is_an_error(policy) -> None:
    trainable = plan("LORA", QUERY, r=2)
    attach(policy, trainable, seed=0)
    more = replace(trainable.peft[0], targets=(QUERY, QUERY.replace("q_proj", "k_proj")))
    with pytest.raises(UserError, match=r"k_proj' \(Linear\) has no adapter that could be merged"):
        merge(policy, replace(trainable, peft=(more,)))


@pytest.mark.parametrize(
    "trainable", [plan("LORA", NORM, r=2), plan("SHIRA", QUERY, r=1000), plan("LORA", QUERY, ranks=2)]
)
def test_what_a_kind_does_not_take_is_said(policy, trainable) -> None:
    with pytest.raises(UserError, match="does not take the policy's layers"):
        attach(policy, trainable, seed=0)


def test_what_is_drawn_depends_on_the_seed_of_the_plan(policy, demos) -> None:
    """And is drawn again from it: the mask of SHiRA is nowhere else."""
    done = [
        adapt(registry.find("policy", "fake").load("cpu"), registry.find("method", "shira"), demos, settings)
        for settings in (Settings(1, 4, 0), Settings(1, 4, 0), Settings(1, 4, 1))
    ]
    assert done[0].trainable == done[1].trainable == Trainable.from_json(done[0].trainable.to_json())
    assert done[0].trainable.peft[0].seed != done[2].trainable.peft[0].seed


def test_lora_fa_trains_no_first_factor(policy, frames) -> None:
    trainable = replace(plan("LORA", QUERY, r=2).peft[0], frozen=("lora_A",))
    parameters = attach(policy, Trainable(peft=(trainable,)), seed=0)
    assert list(parameters) == [f"{QUERY}.lora_B.default.weight"]


def test_adalora_moves_ranks_and_keeps_factors_orthogonal(policy, frames) -> None:
    """Half of all ranks are gone at the end; the penalty is that of a plain rewriting."""
    names = [QUERY.replace("layers.0", f"layers.{number}") for number in range(3)]
    trainable = plan("ADALORA", *names, init_r=4, target_r=2)
    trainable = replace(trainable, peft=(replace(trainable.peft[0], frozen=("ranknum",)),))
    parameters = attach(policy, trainable, seed=0, steps=40)
    (hook,) = parameters.hooks
    factors = {name: value for name, value in parameters.items() if "lora_E" not in name}
    grams = [value @ value.T if "lora_A" in name else value.T @ value for name, value in factors.items()]
    apart = [torch.sqrt((gram - torch.eye(4)).square().sum()) for gram in grams]
    assert torch.allclose(hook.penalty(), 0.5 * torch.stack(apart).mean())
    before = hook.penalty().item()
    finetune(Batches(policy, frames), parameters, Schedule(40, 8, 1e-2), seed=0)
    assert hook.penalty().item() < 0.5 * before
    kept = [int((value != 0).sum()) for name, value in parameters.items() if "lora_E" in name]
    assert sum(kept) == 6
    assert sum(kept) < 12


def test_seeds_are_gone_afterwards() -> None:
    before = torch.random.get_rng_state()
    with peft_adapters.seeded(3):
        drawn = torch.rand(2)
    assert np.array_equal(torch.random.get_rng_state(), before)
    with peft_adapters.seeded(3):
        assert torch.equal(drawn, torch.rand(2))
