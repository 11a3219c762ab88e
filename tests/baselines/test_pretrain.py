import csv
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines.data.frames import Format
from baselines.policies.pi0.sizes import SIZES, TINY
from baselines.policies.sources.spec import load_policy
from baselines.pretraining import data_parallel, frame_store, trainer
from baselines.pretraining import run as pretraining_run
from harness import pretrain
from harness.core.errors import UserError

RECIPE = trainer.Recipe(steps=8, batch=8, lr=3e-3)


@pytest.fixture
def small(monkeypatch) -> None:
    monkeypatch.setattr(trainer, "VALIDATION_EVERY", 3)
    monkeypatch.setattr(pretraining_run, "SAVE_EVERY", 4)
    monkeypatch.setattr(pretraining_run, "LOG_EVERY", 2)


@pytest.fixture
def make(demos, tmp_path, small):
    paths = [tmp_path / f"{place}.npz" for place in range(len(demos))]
    for path, demo in zip(paths, demos, strict=True):
        demo.save(path)
    store = frame_store.build(paths, tmp_path / "frames", Format(TINY.image_size, TINY.horizon))

    def call(recipe=RECIPE, name="out"):
        (tmp_path / name).mkdir(exist_ok=True)
        return trainer.Trainer(store, recipe, tmp_path / name, TINY)

    return call


def test_a_run_cut_in_two_is_the_same_run(make) -> None:
    whole = make(name="whole")
    pretraining_run.run(whole, {})
    first = make(name="cut")
    for _ in range(4):
        first.train_step()
    first.save(0.0, 0.0, {})
    second = make(name="cut")
    assert second.resume()
    pretraining_run.run(second, {})
    for own, other in zip(second.average.parameters(), whole.average.parameters(), strict=True):
        assert torch.equal(own, other)


def test_checkpoint_and_log(make, tmp_path) -> None:
    run = make()
    pretraining_run.run(run, {"tasks": {"libero_goal/0": 3}})
    with (tmp_path / "out" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [2, 4, 6, 8]
    assert [bool(row["validation_loss"]) for row in rows] == [False, True, False, True]
    policy = load_policy(str(tmp_path / "out"), "cpu")
    training = policy.profile.training
    assert (training["steps_done"], training["samples"]) == (8, 64)
    assert training["tasks"] == {"libero_goal/0": 3}
    for own, mean in zip(policy.model.parameters(), run.averaged.model.parameters(), strict=True):
        assert torch.allclose(own, mean, atol=1e-3)


def test_held_out_demonstrations_are_not_trained_on(make) -> None:
    run = make()
    episode = run.samples.frames.episode
    assert set(episode[run.rows]) == {0, 1}
    assert set(episode[run.validation_rows]) == {2}
    assert run.validate() == run.validate()


def test_schedule_ends_with_the_time_limit(make) -> None:
    run = make(replace(RECIPE, steps=1000, minutes=1.0))
    assert run.progress() == 0.0
    run.seconds = 30.0
    assert run.progress() == 0.5
    run.step, run.seconds = 200, 60.0
    assert run.progress() == 1.0
    assert run.learning_rate() == pytest.approx(0.02 * RECIPE.lr)


def test_divergence_is_an_error(make) -> None:
    run = make()
    with torch.no_grad():
        run.parameters[-1].fill_(math.nan)
    with pytest.raises(UserError, match="loss is nan at step 1; give --lr below"):
        run.train_step()


def test_command_line(monkeypatch, tmp_path, demos, small, capsys) -> None:
    monkeypatch.setitem(SIZES, "base", TINY)
    for place, demo in enumerate(demos):
        demo.save(tmp_path / f"{place}.npz")
    base = ["--data", str(tmp_path), "--out", str(tmp_path), "--name", "out", "--processes", "1"]
    base += ["--stages", "train"]
    assert pretrain.main([*base, "--steps", "4", "--batch", "4"]) == 0
    assert load_policy(str(tmp_path / "out"), "cpu").profile.training["packs"] == ["synthetic"]
    assert pretrain.main([*base, "--exclude", "libero_goal"]) == 2
    assert "nothing is left to learn from" in capsys.readouterr().err


def test_augmented_batches_follow_the_seed(make) -> None:
    losses = [[run.train_step() for _ in range(3)] for run in (make(name="a"), make(name="b"))]
    assert losses[0] == losses[1]
    assert np.isfinite(losses).all()


def test_two_processes_share_each_batch_and_repeat_exactly(demos, tmp_path) -> None:
    (tmp_path / "data").mkdir()
    for place, demo in enumerate(demos):
        demo.save(tmp_path / "data" / f"{place}.npz")
    recipe = replace(RECIPE, steps=3)
    runs = [
        pretraining_run.pretrain(tmp_path / "data", tmp_path / name, recipe, TINY, processes=count)
        for name, count in (("alone", 1), ("two", 2), ("again", 2))
    ]
    alone, two, again = (
        torch.nn.utils.parameters_to_vector(policy.model.parameters()).detach() for policy in runs
    )
    assert torch.equal(two, again)
    assert not torch.equal(two, alone)
    assert runs[1].profile.training["samples"] == 3 * RECIPE.batch


def test_averages_and_agreement_over_processes() -> None:
    values = [torch.tensor([1.0, 2.0]), torch.tensor(3.0)]
    with data_parallel.processes(2, average_with_zeros) as group:
        group.average(values)
        assert group.agree(7.0) == 7.0
    assert [value.tolist() for value in values] == [[0.5, 1.0], 1.5]


def average_with_zeros(group: data_parallel.Group) -> None:
    group.average([torch.zeros(2), torch.zeros(())])
    group.agree(-1.0)
