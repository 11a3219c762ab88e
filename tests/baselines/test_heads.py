import json
from dataclasses import replace

import numpy as np
import pytest

from baselines.adaptation import adapt
from baselines.pipeline import heads
from baselines.pipeline.select_from_policy import select_from_policy
from baselines.selection import activation_cache
from baselines.selection.problem import KS
from baselines.training.trainability import probe
from harness.core import registry
from harness.core.errors import UserError
from harness.core.meter import Cost
from harness.core.settings import Adaptation

STEER = registry.find("method", "steer")
SELECTORS = registry.names("selector")


@pytest.fixture
def select(policy, frames, embedded):
    trainability = probe(policy, frames)

    def call(method, num_heads=3, splits=0):
        material = heads.record(policy, frames, embedded, trainability, method, 0)
        found = heads.select(material, method, num_heads)
        return heads.with_stability(found, material, method, num_heads, splits) if splits else found

    return call


@pytest.mark.parametrize("name", SELECTORS)
def test_every_selector_finds_heads_of_a_policy_that_are_not_inert(select, name) -> None:
    found = select(replace(STEER, selector=name))["language"]
    assert all(layer < 2 for layer, _ in found.heads)
    assert len(found.heads) == (4 if name == "layers" else 3)
    assert found.inert == ((2, 0), (2, 1), (2, 2), (2, 3))
    assert np.isnan(found.scores[2]).all()


def test_inert_heads_are_ranked_when_asked_for(select, policy) -> None:
    method = replace(STEER, include_inert_heads=True, reading="prefix_last")
    found = select(method, 12)["language"]
    assert sorted(found.heads) == [(layer, head) for layer in range(3) for head in range(4)]
    assert np.isfinite(found.scores).all()
    content = heads.to_json({"language": found}, policy, method)
    assert (content["include_inert_heads"], content["inert"], content["reading"]) == (
        True, [[2, 0], [2, 1], [2, 2], [2, 3]], "prefix_last",
    )  # fmt: skip


def test_every_head_of_the_expert_can_act(select) -> None:
    found = select(replace(STEER, streams=("expert",)), 12)["expert"]
    assert found.inert == ()
    assert len(found.heads) == 12


def test_whole_layers_of_a_method(select) -> None:
    found = select(replace(STEER, unit="layer"), 5)["language"]
    assert sorted(found.heads) == [(layer, head) for layer in range(2) for head in range(4)]
    assert found.unit == "layer"


def test_too_few_demonstrations_to_redraw(select) -> None:
    with pytest.raises(UserError, match="3 demonstrations cannot be split"):
        select(STEER, splits=2)


def test_what_the_command_line_may_change() -> None:
    assert heads.configured(STEER, None, False) == STEER
    assert heads.configured(STEER, "fisher", True) == replace(
        STEER, selector="fisher", include_inert_heads=True
    )
    control = replace(STEER, selector="random")
    assert heads.configured(control, "fisher", False) == control
    full = registry.find("method", "full")
    assert heads.configured(full, "fisher", True) == full


def test_activations_from_disk_are_charged_all_the_same() -> None:
    fresh, kept = (activation_cache.Recording(np.zeros(1), 3.0, 5.0, 7, cached) for cached in (False, True))
    on_cpu, on_gpu = Cost(1.0, 1.0), Cost(1.0, 1.0, 1.0)
    for cost in (on_cpu, on_gpu):
        recordings = {"action_clean": fresh, "prefix_last": kept}
        heads.Material(None, None, None, recordings, None, 0).charge(cost)
    assert on_cpu == Cost(1.0, 6.0, 0.0, flops=14)
    assert on_gpu == Cost(1.0, 6.0, 4.0, flops=14)


@pytest.fixture
def several(make_demo):
    return [make_demo(seed) for seed in range(4)]


def test_an_adaptation_with_another_selector(several, tmp_path) -> None:
    record = adapt(
        "fake", "steer-attn", several, Adaptation(
            steps=2, batch_size=4, num_heads=2, selector="gradient", include_inert_heads=True,
            stability_splits=2,
        ),
        seed=0, adapt_id="a", adapter_path=tmp_path / "a.safetensors", heads_path=tmp_path / "heads.json",
    )  # fmt: skip
    content = json.loads((tmp_path / "heads.json").read_text())
    assert (content["selector"], content["better"], content["include_inert_heads"]) == (
        "gradient",
        "higher",
        True,
    )
    assert content["heads"] == record["heads"]
    assert content["stability"]["episodes"] == 2
    assert content["recorded_s"] > 0


def test_without_an_adaptation(several, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "suite" / "task-00"
    folder.mkdir(parents=True)
    for number, demo in enumerate(several):
        demo.save(folder / f"{number:06d}.npz")
    found = select_from_policy("fake", tmp_path / "suite", "ablation", 2, KS, 0, stability_splits=2)
    again = select_from_policy("fake", folder, "ablation", 2, (5,), 0, stream="expert", reading="prefix_last")
    assert (found["stream"], found["reading"], again["stream"], again["reading"]) == (
        "language", "action_clean", "expert", "action_clean",
    )  # fmt: skip
    assert (len(found["inert"]), again["inert"], again["k"]) == (4, [], 5)
    # Heads of both streams are ranked at the expert's first action token: one recording serves both.
    assert again["notes"][-1] == "activations were recorded earlier and read from disk"
    assert len(list(activation_cache.folder().iterdir())) == 1
    np.savez(folder / "other.npz", x=1)
    with pytest.raises(UserError, match=r"other\.npz' is not a demonstration"):
        select_from_policy("fake", folder, "knn", 2, KS, 0)
