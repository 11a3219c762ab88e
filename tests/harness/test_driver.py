"""Whole studies of the fake suite in this process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import UserError
from harness.core.files import plain
from harness.core.rng import derive_rng
from harness.engine.driver import Driver
from harness.engine.jobs import DemoJob, EpisodeJob, Job
from harness.engine.observer import Unobserved
from harness.engine.policy_server import PolicyServer, remote_policies
from harness.records.demo_store import DemoStore
from harness.records.run_directory import RunDirectory
from harness.study.study import Study

TIMINGS = ("wall_s", "env_s", "policy_s", "cpu_s", "demo_s", "ended", "digest")

PADDING = {f"field{number}": "a value of some length" for number in range(25)}
"""A record of an episode has about so many."""


@pytest.fixture
def run_study(tmp_path: Path, store: DemoStore, local_pool: Any) -> Callable[..., Any]:
    """Run a study to its end in `tmp_path/run`; returns the pool."""

    def run(
        study: Study,
        dies: Callable[[Job], bool] = lambda job: False,
        out: str = "run",
        size: int = 2,
        retry_errors: bool = False,
    ) -> Any:
        directory = RunDirectory(tmp_path / out, study, dict)
        try:
            pool = local_pool(study, directory.path, store, size)
            pool.dies = dies
            Driver(study, directory, store, size, retry_errors=retry_errors).drive(pool, Unobserved())
        finally:
            directory.close()
        return pool

    return run


def rows(path: Path, without: tuple[str, ...] = TIMINGS) -> dict[str, dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    key = "episode_id" if "episode_id" in lines[0] else "adapt_id"
    return {line[key]: {name: line[name] for name in line if name not in without} for line in lines}


def test_records_do_not_depend_on_workers_or_deaths(
    make_study: Callable[..., Study], run_study: Callable[..., Any], tmp_path: Path
) -> None:
    deaths: list[Job] = []

    def dies(job: Job) -> bool:
        deaths.append(job)
        return len(deaths) % 5 == 0

    run_study(make_study(), out="calm", size=1)
    run_study(make_study(), out="wild", size=4, dies=dies)
    for name in ("episodes.jsonl", "adaptations.jsonl"):
        assert rows(tmp_path / "calm" / name) == rows(tmp_path / "wild" / name)
    statuses = [row["status"] for row in rows(tmp_path / "calm" / "episodes.jsonl").values()]
    assert len(statuses) == 2 * 3 * 3
    assert {"success", "failure"} == set(statuses)


def test_a_job_that_kills_its_workers_is_an_error_after_three(
    make_study: Callable[..., Study], run_study: Callable[..., Any], tmp_path: Path
) -> None:
    killed: list[Job] = []

    def dies(job: Job) -> bool:
        if isinstance(job, EpisodeJob) and job.key.init_id == 1:
            killed.append(job)
            return True
        return False

    run_study(make_study("--method=lora", "--tasks=0"), dies=dies, size=1)
    assert len(killed) == 3
    found = rows(tmp_path / "run" / "episodes.jsonl").values()
    assert {row["init_id"]: row["error"] for row in found if row["status"] == "error"} == {
        1: "3 workers died of it: killed"
    }


def test_a_task_that_kills_every_worker_costs_three_and_the_study_goes_on(
    make_study: Callable[..., Study], run_study: Callable[..., Any], tmp_path: Path
) -> None:
    killed: list[Job] = []

    def dies(job: Job) -> bool:
        poisonous = isinstance(job, EpisodeJob) and job.adapt.method == "lora" and job.key.task_id == 0
        if poisonous:
            killed.append(job)
        return poisonous

    run_study(make_study(), dies=dies, size=1)
    assert len(killed) == 3
    found = rows(tmp_path / "run" / "episodes.jsonl").values()
    errors = [row for row in found if row["status"] == "error"]
    assert {(row["method"], row["task_id"]) for row in errors} == {("lora", 0)}
    assert {row["error"] for row in errors} == {"3 workers died of it: killed"}
    assert (len(errors), len(found)) == (3, 18)


def test_the_same_command_does_nothing_again_and_a_larger_one_only_the_rest(
    make_study: Callable[..., Study], run_study: Callable[..., Any], adaptation: Any, tmp_path: Path
) -> None:
    run_study(make_study("--limit=4"))
    first = (tmp_path / "run" / "episodes.jsonl").read_text()
    assert first.count("\n") == 4
    calls = list(adaptation.calls)
    assert run_study(make_study("--limit=4")).done == []
    again = run_study(make_study())
    assert (tmp_path / "run" / "episodes.jsonl").read_text().startswith(first)
    assert len(rows(tmp_path / "run" / "episodes.jsonl")) == 18
    assert len(adaptation.calls) == len(set(adaptation.calls)) == 6
    assert set(calls) < set(adaptation.calls)
    assert sum(isinstance(job, EpisodeJob) for job in again.done) == 14


def test_demonstrations_are_made_once_for_all(
    make_study: Callable[..., Study], run_study: Callable[..., Any]
) -> None:
    first, second = run_study(make_study(), out="a"), run_study(make_study("--steps=6"), out="b")
    assert any(isinstance(job, DemoJob) for job in first.done)
    assert not any(isinstance(job, DemoJob) for job in second.done)


def test_errors_are_tried_again_when_asked_for(
    make_study: Callable[..., Study], run_study: Callable[..., Any], adaptation: Any, tmp_path: Path
) -> None:
    def fail(adapt_id: str) -> None:
        if ".full." in adapt_id:
            raise MemoryError("too big")

    adaptation.fail = fail
    run_study(make_study())
    found = rows(tmp_path / "run" / "episodes.jsonl").values()
    lost = [row for row in found if row["method"] == "full"]
    assert {row["status"] for row in lost} == {"error"}
    assert all("not adapted: MemoryError: too big" in row["error"] for row in lost)
    assert all(row["status"] != "error" for row in found if row["method"] != "full")
    adaptation.fail = lambda adapt_id: None
    assert run_study(make_study()).done == []
    run_study(make_study(), retry_errors=True)
    assert "error" not in {row["status"] for row in rows(tmp_path / "run" / "episodes.jsonl").values()}


def test_lost_weights_are_trained_again(
    make_study: Callable[..., Study], run_study: Callable[..., Any], adaptation: Any, tmp_path: Path
) -> None:
    run_study(make_study("--method=lora", "--tasks=0"))
    next((tmp_path / "run" / "adapters").iterdir()).unlink()
    run_study(make_study("--method=lora", "--tasks=0", "--episodes=4"))
    assert len(adaptation.calls) == 2


def test_a_refusal_ends_the_study_and_keeps_what_was_recorded(
    make_study: Callable[..., Study], run_study: Callable[..., Any], adaptation: Any, tmp_path: Path
) -> None:
    def refuse(adapt_id: str) -> None:
        if ".full." in adapt_id:
            raise UserError("checkpoint does not fit")

    adaptation.fail = refuse
    with pytest.raises(UserError, match="checkpoint does not fit"):
        run_study(make_study())
    assert rows(tmp_path / "run" / "adaptations.jsonl")


def test_adaptation_rows_say_what_it_cost(
    make_study: Callable[..., Study], run_study: Callable[..., Any], tmp_path: Path
) -> None:
    run_study(make_study("--adapt-per=suite", "--method=frozen,lora"))
    found = {row["method"]: row for row in rows(tmp_path / "run" / "adaptations.jsonl", without=()).values()}
    assert found["lora"]["tasks"] == [0, 2]
    assert found["lora"]["trainable_params"] == 8
    assert found["lora"]["demo_s"] > 0
    assert found["lora"]["gpu_hours"] is None
    assert (found["frozen"]["demos"], found["frozen"]["steps"]) == (0, 0)


def test_first_success_and_first_failure_are_filmed(
    make_study: Callable[..., Study], run_study: Callable[..., Any], tmp_path: Path
) -> None:
    run_study(make_study("--method=frozen", "--tasks=0"))
    found = {row["status"] for row in rows(tmp_path / "run" / "episodes.jsonl").values()}
    films = {film.name for film in (tmp_path / "run" / "videos").glob("*.mp4")}
    assert films == {f"frozen.t0.{status}.mp4" for status in found}


def test_ten_thousand_finished_episodes_are_read_in_a_moment(
    make_study: Callable[..., Study], store: DemoStore, tmp_path: Path
) -> None:
    study = make_study("--tasks=all", "--method=frozen,lora", "--seeds=0-24", "--episodes=50")
    cells = list(study.cells())
    assert len(cells) == 10_000
    said = {"method": "lora", "scene_id": "s", "task_id": 0, "init_id": 0, "seed": 0, "status": "success"}
    ids = ({"episode_id": key.episode_id, "adapt_id": key.adapt_id} for _, key in cells)
    lines = [json.dumps(each | said | PADDING) for each in ids]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "study.json").write_text(json.dumps(plain(study.identity())))
    (tmp_path / "run" / "episodes.jsonl").write_text("\n".join(lines[:-1]) + "\n")
    before = time.process_time()
    directory = RunDirectory(tmp_path / "run", study, dict)
    driver = Driver(study, directory, store, 2)
    assert time.process_time() - before < 1.0
    assert driver.left.episodes == 1
    directory.close()


def served_by(server: PolicyServer) -> Callable[..., Any]:
    return lambda *request: asyncio.run(server.act(*request))


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_records_are_the_same_to_the_byte(
    make_study: Callable[..., Study],
    store: DemoStore,
    local_pool: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    """For 1, 2 and 4 workers, any order, any batch size of the server, stopped halfway or not."""

    def records(out: str, workers: int, flags: list[str], served: bool) -> bytes:
        for flag in flags:  # one after the other in the same directory
            study = make_study("--method=frozen,lora", flag, "--inference=server")
            directory = RunDirectory(tmp_path / out, study, dict)
            pool = local_pool(study, directory.path, store, workers)
            pool.shuffle = derive_rng(out, workers)
            for worker in pool.workers if served else ():
                worker._remote = remote_policies(study, served_by(PolicyServer(study, directory.path)))
            Driver(study, directory, store, workers).drive(pool, Unobserved())
            directory.close()
        found = rows(tmp_path / out / "episodes.jsonl")
        return json.dumps([found[key] for key in sorted(found)]).encode()

    monkeypatch.setattr("harness.engine.policy_server.BATCH", batch)
    alone = records("alone", 1, ["--limit=12"], served=False)
    assert records("two", 2, ["--limit=5", "--limit=12"], served=True) == alone
    assert records("four", 4, ["--limit=12"], served=True) == alone
