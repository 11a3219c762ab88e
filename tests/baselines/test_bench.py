import csv

import numpy as np
import pytest

from baselines import bench
from baselines.data.frames import from_demonstrations
from baselines.data.synthetic import synthetic
from baselines.perf import bench_steps, masked_gradients
from baselines.training.trainability import probe


@pytest.fixture
def small(policy):
    frames = from_demonstrations(synthetic(3, policy.image_size, 40), policy.format)
    alive = probe(policy, frames)
    return bench_steps.Bench(policy, frames, alive, {"language": ((1, 2), (0, 3), (1, 0))}, 8)


def test_masked_gradients_give_the_same_updates(small) -> None:
    assert bench_steps.agreement(small) < 1e-4


def test_masked_gradients_leave_other_heads_alone(small) -> None:
    loop = small.contestant(bench_steps.MASKED)
    others = [(0, 0), (1, 1)]
    before = masked_gradients.selected(loop.batches.policy, others)
    for number in range(2):
        loop.step(number)
    after = masked_gradients.selected(loop.batches.policy, others)
    assert all(np.allclose(before[name], after[name], rtol=1e-4) for name in before)
    # The second factors start at zero and stay there: such heads act as if they had no adapter.
    assert not any(after[name].any() for name in after if name.endswith("up"))
    chosen = masked_gradients.selected(loop.batches.policy, small.chosen["language"])
    assert all(chosen[name].any() for name in chosen)


def test_prints_and_saves_every_comparison(tmp_path, capsys) -> None:
    flags = ["--policy", "fake", "--rounds", "2", "--demos", "2", "--batch-size", "4", "--out", str(tmp_path)]
    assert bench.main(flags) == 0
    printed = capsys.readouterr().out
    with (tmp_path / "comparisons.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    assert all(row["comparison"] in printed for row in rows)
    assert {row["comparison"]: row["value"] for row in rows if float(row["value"]) < 0} == {}
    assert "noise of the right shapes" in printed
    with (tmp_path / "methods.csv").open() as file:
        trained = {row["method"]: int(row["trained"]) for row in csv.DictReader(file)}
    assert trained["steer-attn"] < trained["steer"] < trained["full"]
    assert trained["steer-attn"] < trained["masked"]


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--rounds", "0"], "--rounds: '0' is not a whole number of at least 1"),
        (["--demos", "1"], "--demos: '1' is not a whole number of at least 2"),
        (["--data", "nowhere"], "--data nowhere: no demonstrations"),
        (["--policy", "pi9"], "unknown policy 'pi9'"),
    ],
)
def test_bad_input(flags, complaint, capsys) -> None:
    assert bench.main(flags) == 2
    assert complaint in capsys.readouterr().err


def test_whether_a_target_is_met() -> None:
    assert bench.Line("", 0.3, "<=", 0.4).met == "yes"
    assert bench.Line("", 0.5, "<=", 0.4).met == "no"
    assert bench.Line("", 1.6, ">=", 1.5).met == "yes"
    assert bench.Line("", 1.6).met == ""
