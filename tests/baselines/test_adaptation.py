import json
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open

from baselines.adaptation import adapt, check_adapter, load_policy, restore
from baselines.pipeline.record import thinned
from baselines.policies.pi0 import checkpoint
from harness.core import registry
from harness.core.errors import DamagedFileError, UserError
from harness.core.rng import derive_rng
from harness.core.settings import Adaptation

FIELDS = {
    "trainable_params", "total_params", "load_s", "activations_s", "select_s", "train_s", "checkpoint_s",
    "device", "gpu_hours", "cpu_core_hours", "peak_bytes", "heads", "losses", "first_loss", "last_loss",
    "learning_rate", "adapter", "flops", "params", "sweep_s", "sweep", "precision", "optimiser_bytes",
    "energy_source", "ledger", "recipe", "adapter_sha256",
}  # fmt: skip


@pytest.fixture
def run(demos, tmp_path):
    def call(method, **changes):
        seed = changes.pop("seed", 0)
        asked = Adaptation(**({"steps": 6, "batch_size": 8} | changes))
        paths = {
            "adapter_path": tmp_path / f"{method}.safetensors",
            "heads_path": tmp_path / "heads" / method,
        }
        return adapt("fake", method, demos, asked, seed=seed, adapt_id=method, **paths), paths

    return call


KINDS = (
    "frozen",
    "full",
    "full-ema",
    "lora",
    "steer",
    "steer-expert",
    "lora-openpi",
    "adalora",
    "lora-fa",
    "shira",
)
"""Each way to train once; the contracts restore every method."""


def act(policy, observations):
    return policy.act(observations, [derive_rng(i) for i in range(len(observations))])


@pytest.mark.parametrize("method", KINDS)
def test_adapt_and_restore(run, observations, method) -> None:
    record, paths = run(method)
    assert set(record) == FIELDS
    json.dumps(record, allow_nan=False)
    frozen = act(load_policy("fake"), observations)
    path = paths["adapter_path"] if record["adapter"] else None
    restored = restore("fake", path)
    again = act(restore("fake", path), observations)
    assert np.array_equal(act(restored, observations), again)
    assert np.array_equal(again, frozen) == (method == "frozen")
    # One of the two is a number, and they are never converted.
    assert [record["gpu_hours"] is None, record["cpu_core_hours"] is None].count(True) == 1
    assert record["peak_bytes"] > 2**20
    if method == "frozen":
        assert (record["trainable_params"], record["train_s"], record["losses"]) == (0, 0.0, [])
        assert not paths["adapter_path"].exists()
        return
    with safe_open(paths["adapter_path"], "pt") as file:
        assert json.loads(file.metadata()["adapter"])["method"] == method
        stays = (".fixed_", *getattr(registry.find("method", method), "frozen", ()))
        names = [name for name in file.keys() if not any(part in name for part in stays)]  # noqa: SIM118
        shapes = [file.get_slice(name).get_shape() for name in names]
    assert sum(int(np.prod(shape)) for shape in shapes) == record["trainable_params"]
    assert len(record["losses"]) == 6
    assert record["train_s"] > 0


def test_restored_policy_acts_as_the_trained_one(run, observations, monkeypatch) -> None:
    from baselines.pipeline import adapter

    trained = []
    save = adapter.save

    def keep(path, policy, trainable, about):
        trained.append(policy)
        return save(path, policy, trainable, about)

    monkeypatch.setattr(adapter, "save", keep)
    for method in ("full", "lora", "steer", "steer-attn"):
        _, paths = run(method, steps=15)
        restored = restore("fake", paths["adapter_path"])
        expected = act(restored, observations)
        assert np.allclose(act(trained.pop(), observations), expected, atol=1e-5)


def test_restoring_leaves_the_cached_base_alone(run, observations) -> None:
    before = act(restore("fake", None), observations)
    _, paths = run("full")
    act(restore("fake", paths["adapter_path"]), observations)
    assert np.array_equal(act(restore("fake", None), observations), before)


def test_heads_are_recorded_and_written(run) -> None:
    record, paths = run("steer-attn", num_heads=3)
    content = json.loads(paths["heads_path"].read_text())
    assert content["heads"] == record["heads"]
    assert len(record["heads"]) == 3
    assert (content["stream"], content["reading"], content["selector"]) == ("language", "action_clean", "knn")
    assert np.array(content["scores"], float).shape == (3, 4)
    assert np.isnan(np.array(content["scores"], float)[2]).all()  # the last layer cannot act
    assert record["select_s"] > 0


def test_same_seed_same_adapter(run, observations) -> None:
    found = []
    for seed in (0, 0, 1):
        _, paths = run("steer", seed=seed)
        found.append(act(restore("fake", paths["adapter_path"]), observations))
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_adapters_belong_to_their_policy(run, policy, tmp_path) -> None:
    _, paths = run("lora")
    checkpoint.save(policy, tmp_path / "other")
    with pytest.raises(DamagedFileError, match="was trained on policy 'fake'"):
        restore(str(tmp_path / "other"), paths["adapter_path"])


def test_bad_input(run) -> None:
    with pytest.raises(
        UserError, match="unknown method 'best'; known: action-proj-only, adalora, dora, ffn-only, frozen"
    ):
        run("best")
    with pytest.raises(UserError, match="100 heads asked for"):
        run("steer", num_heads=100)


def test_threads_are_put_back(run) -> None:
    torch.set_num_threads(2)
    run("frozen")
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)


def test_thinned_losses_keep_their_mean() -> None:
    losses = list(np.linspace(2, 1, 1000))
    assert len(thinned(losses)) == 200
    assert np.mean(thinned(losses)) == pytest.approx(1.5, abs=1e-3)
    assert thinned([1.0]) == [1.0]
    assert thinned([]) == []


def test_the_ledger_adds_up_to_the_wall_clock(run) -> None:
    start = time.perf_counter()
    record, _ = run("steer", steps=20, lr_sweep=True)
    wall = time.perf_counter() - start
    phases = record["ledger"]
    assert list(phases) == ["load", "training", "activations", "selection", "sweep", "checkpoint"]
    # A busy machine may take some milliseconds between two phases, which such short ones would show.
    assert sum(cost["wall_s"] for cost in phases.values()) == pytest.approx(wall, rel=0.02, abs=0.05)
    assert record["sweep_s"] == phases["sweep"]["wall_s"] > 0
    assert len(record["sweep"]) == 3
    assert all(phases[name]["flops"] > 0 for name in ("activations", "sweep", "training"))
    assert phases["selection"]["flops"] is None  # numpy's are not counted: missing, not 0
    # Two moments in single precision for every trained number, and a step counter for every tensor.
    moments = 8 * record["trainable_params"]
    assert moments < record["optimiser_bytes"] < 1.1 * moments
    trained = {name: part["trained"] for name, part in record["params"].items()}
    assert trained["vision"] == trained["expert"] == 0
    assert trained["language"] > 0
    assert sum(trained.values()) == record["trainable_params"]


def test_a_rate_that_diverges_is_an_error_of_this_adaptation_only(run, monkeypatch) -> None:
    from baselines.training.finetune import DivergenceError

    find = registry.find
    wild = replace(find("method", "full"), learning_rate=1e4)
    monkeypatch.setattr(registry, "find", lambda kind, name: wild if name == "full" else find(kind, name))
    with pytest.raises(DivergenceError, match="peak learning rate 10000"):
        run("full", steps=30)


def test_recipes_carry_the_published_numbers() -> None:
    from baselines.pipeline import recipes

    steer, attention = registry.find("method", "steer"), registry.find("method", "steer-attn")
    released, paper = (recipes.apply(name, steer) for name in ("released", "paper"))
    assert released.learning_rate == paper.learning_rate == 2.5e-5
    assert (released.reading, released.ffn_rank, released.projections) == ("action_clean", 16, True)
    assert (paper.reading, paper.ffn_rank, paper.projections) == ("prefix_last", 0, False)
    assert recipes.apply("paper", attention).projections
    assert recipes.apply("auto", steer) is steer
    with pytest.raises(UserError, match="unknown recipe 'mine'; known: auto, paper, released"):
        recipes.apply("mine", steer)


HARMS = ["swapped", "flipped", "cut", "missing", "details", "details cut", "details gone", "details altered"]


@pytest.mark.parametrize("harm", HARMS)
def test_an_adapter_that_is_not_what_was_written_is_refused(run, harm) -> None:
    record, paths = run("lora")
    assert check_adapter(paths["adapter_path"], "seed-7") == record["adapter_sha256"]
    path = paths["adapter_path"]
    content, details = path.read_bytes(), path.with_suffix(".json")
    if harm == "swapped":
        other = path.with_stem("full")
        path.rename(other)
        details.rename(other.with_suffix(".json"))
        path = other
    elif harm == "flipped":
        path.write_bytes(content[:-5] + bytes([content[-5] ^ 1]) + content[-4:])
    elif harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "missing":
        path.unlink()
    elif harm == "details gone":
        details.unlink()
    elif harm == "details altered":  # every number of its normalisation counts
        details.write_text(details.read_text().replace('"state_mean": [', '"state_mean": [1', 1))
    else:
        details.write_text("[]" if harm == "details" else details.read_text()[:-40])
    for reads in (lambda: restore("fake", path), lambda: check_adapter(path, "seed-7")):
        with pytest.raises(DamagedFileError, match="; the same command makes it again"):
            reads()


def test_a_forged_adapter_that_does_not_fit_is_refused(run) -> None:
    from safetensors.torch import load_file, save

    from baselines.pipeline import adapter_file

    _, paths = run("lora")
    path = paths["adapter_path"]
    sound, _ = adapter_file.read(path, "seed-7")
    tensors = load_file(path)
    cut = save({name: value[:1].contiguous() for name, value in tensors.items()})
    lacking = save(dict(list(tensors.items())[1:]))
    whole = path.read_bytes()
    nowhere = {**sound.trainable, "lora": {"no.such.module": 4}}
    forged = [
        (cut, {}),
        (lacking, {}),
        (b"no safetensors", {}),
        (whole, {"trainable": {}}),
        (whole, {"trainable": nowhere}),
        (whole, {"normalisation": {"nothing": []}}),
    ]
    for content, changes in forged:
        details = replace(sound, sha256=adapter_file.digest(content), **changes)
        adapter_file.write(path, content, details)
        with pytest.raises(DamagedFileError, match="does not fit policy 'fake'"):
            restore("fake", path)
