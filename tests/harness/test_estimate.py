"""What a plan says of time: speeds from records, and the scheduler on a simulated clock."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core.files import plain
from harness.core.keys import Task
from harness.core.schema import flat
from harness.engine.demo_quota import quotas
from harness.forecast import estimate, plan
from harness.forecast.estimate import START_S, Clock, forecast
from harness.forecast.speed import Speed
from harness.forecast.speeds import DECISIVE, measured
from harness.records.demo_store import Attempt, DemoStore
from harness.records.journal import Journal
from harness.study.study import Study

SPEED = Speed(
    control=0.1,
    rebuild=7.0,
    demonstration=2.0,
    load=1.0,
    step=1.0,
    episodes={("frozen", "none"): 1.0, ("lora", "none"): 1.0, ("full", "none"): 1.0},
)


def expected(study: Study, store: DemoStore, workers: int, speed: Speed = SPEED) -> estimate.Forecast:
    cells = list(study.cells())
    needed = quotas({adapt for adapt, _ in cells}, store)
    return forecast(study, cells, needed, [], speed, workers)


def test_on_one_worker_it_is_the_sum_of_the_work(make_study: Callable[..., Study], store: DemoStore) -> None:
    found = expected(make_study(), store, 1)
    # Two tasks of four demonstrations, two trained methods of five steps, three methods of three episodes.
    assert found.work["demonstrations"] == 2 * 4 * 2.0
    assert found.work["adaptations"] == 2 * 2 * (1.0 + 5 * 1.0)
    assert found.work["episodes"] == pytest.approx(2 * 3 * 3 * 10 * 0.1)
    assert found.seconds == pytest.approx(START_S + sum(found.work.values()))


def test_two_workers_halve_it_only_where_nobody_waits(
    make_study: Callable[..., Study], store: DemoStore
) -> None:
    whole = sum(expected(make_study(), store, 1).work.values())
    assert expected(make_study(), store, 2).seconds - START_S == pytest.approx(whole / 2, rel=0.15)
    one = make_study("--tasks=0", "--method=lora")  # one demonstrates and adapts, the other waits
    alone = expected(one, store, 2).work
    waiting = alone["demonstrations"] + alone["adaptations"] + alone["episodes"] / 2
    assert expected(one, store, 2).seconds - START_S == pytest.approx(waiting, abs=1.0)


@pytest.mark.parametrize("odd", ["fifo", "folder", "deep", "types", "settings", "link", "text"])
def test_a_neighbouring_run_stops_no_study(
    make_study: Callable[..., Study], tmp_path: Path, odd: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What serves an estimate is read with care, and skipped with a note where it is odd."""
    settings, run = flat(make_study()), tmp_path / "neighbour"
    run.mkdir()
    (run / "study.json").write_text(json.dumps(plain(settings)))
    path = run / ("study.json" if odd == "settings" else "episodes.jsonl")
    path.unlink(missing_ok=True)
    if odd == "folder":
        path.mkdir()
    elif odd == "link":
        path.symlink_to("/dev/zero")
    elif odd in ("fifo", "settings"):
        os.mkfifo(path)
    else:
        row = {"status": "success", "method": ["x"], "steps": "3", "wall_s": {}}
        path.write_text({"deep": "[" * 10**5, "types": json.dumps(row), "text": "\x1b[2J"}[odd] + "\n")
    assert measured(settings, [run]).source == "typical speeds"
    said = capsys.readouterr().err
    assert said.count("\n") == (odd != "settings")
    assert said.replace("\n", "").isprintable()


def test_what_is_there_already_takes_no_time(make_study: Callable[..., Study], store: DemoStore) -> None:
    study = make_study("--method=lora", "--tasks=0")
    for seed in range(3):
        store.save(0, Attempt(seed, True, 9, 2.0), None)
        store.path(0, seed).touch()
    assert expected(study, store, 1).work["demonstrations"] == 2.0, "one of four is missing"
    cells = list(study.cells())
    ready = [cells[0][0].adapt_id]
    assert forecast(study, cells, {}, ready, SPEED, 1).work["adaptations"] == 0
    assert forecast(study, [], {}, ready, SPEED, 1).seconds == 0


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake suite's variation needs a model of its own at every level."""
    found = estimate.registry.find("variation", "fake-shift")

    def rebuild(self: Any, level: int, task: Task, seed: int) -> dict[str, int]:
        return {"level": level}

    monkeypatch.setattr(type(found), "rebuild", rebuild)


@pytest.mark.usefixtures("compiled")
def test_models_are_compiled_once_a_worker_and_adaptation(
    make_study: Callable[..., Study], store: DemoStore
) -> None:
    flags = ("--method=frozen", "--tasks=0", "--episodes=4")
    study = make_study(*flags, "--variations=fake-shift:1-4")
    found = expected(study, store, 1)
    assert found.work[estimate.COMPILING] == 4 * SPEED.rebuild
    assert found.seconds == pytest.approx(START_S + sum(found.work.values()))
    both = expected(study, store, 2).seconds - START_S  # both work on the same episodes: both compile
    assert both == pytest.approx(found.work["episodes"] / 2 + found.work[estimate.COMPILING], rel=0.1)


def test_varied_episodes_are_longer_where_no_record_says(make_study: Callable[..., Study]) -> None:
    study = make_study("--method=lora", "--tasks=0", "--episodes=1", "--variations=fake-shift:1")
    (_, clean), (_, varied) = study.cells()
    assert study.simulation.max_steps == 40
    clock = Clock(study, SPEED)
    assert clock.episode("lora", clean) == pytest.approx(10 * 0.1)
    assert clock.episode("lora", varied) == pytest.approx((10 + 40) / 2 * 0.1)
    seen = Speed(control=0.1, episodes={("lora", "fake-shift:1"): 1.2})
    assert Clock(study, seen).episode("lora", varied) == 1.2
    assert Clock(study, Speed()).episode("frozen", clean) == pytest.approx(40 * Speed.control)


def test_speeds_keep_compiling_and_loading_apart(make_study: Callable[..., Study], tmp_path: Path) -> None:
    study = make_study()
    settings = {name: flat(study)[name] for name in DECISIVE}
    (tmp_path / "study.json").write_text(json.dumps(settings))
    episodes, adaptations = Journal(tmp_path / "episodes.jsonl"), Journal(tmp_path / "adaptations.jsonl")
    common = {"status": "failure", "method": "full", "steps": 100}
    episodes.append(common | {"variation": "none", "level": 0, "wall_s": 1.0, "rebuild_s": None})
    episodes.append(common | {"variation": "fake-shift", "level": 2, "wall_s": 7.0, "rebuild_s": 6.0})
    row = {"status": "done", "demos": 2, "tasks": [1], "demo_s": 8.0, "sweep_s": 0.0}
    adaptations.append(row | {"method": "full", "steps": 10, "train_s": 20.0, "wall_s": 23.0})
    adaptations.append(row | {"method": "lora", "steps": 10, "train_s": 10.0, "wall_s": 13.0})
    speed = measured(flat(study), [tmp_path])
    assert speed.control == pytest.approx(0.01)
    assert (speed.rebuild, speed.load, speed.demonstration) == (6.0, 3.0, 4.0)
    assert speed.steps == {"full": 2.0, "lora": 1.0}
    assert speed.step == 1.5
    assert speed.episodes == {("full", "none"): 1.0, ("full", "fake-shift:2"): 1.0}
    (tmp_path / "study.json").write_text(json.dumps(settings | {"engine": "reference"}))
    assert measured(flat(study), [tmp_path]) == Speed(), "robosuite's own step takes longer"


def test_a_plan_counts_what_is_left(
    make_study: Callable[..., Study], store: DemoStore, tmp_path: Path
) -> None:
    study = make_study("--method=frozen", "--tasks=0")
    run = tmp_path / "run"
    text = plan.text(study, run, store, 2)
    assert "0 demonstrations (0 to be made)" in text
    assert "3 episodes (3 to be run)" in text
    assert "with 2 workers, at typical speeds; on one worker episodes" in text
    run.mkdir()
    first = next(study.cells())[1]
    Journal(run / "episodes.jsonl").append({"episode_id": first.episode_id, "status": "success"})
    assert "3 episodes (2 to be run)" in plan.text(study, run, store, 2)
    assert sorted(path.name for path in run.iterdir()) == ["episodes.jsonl"], "a plan writes nothing"
