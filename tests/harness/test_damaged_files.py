"""Files of a run directory that come to harm: named, made again by the same command; never an error row."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import DamagedFileError, UserError
from harness.core.record_lines import sealed
from harness.engine.driver import Driver
from harness.engine.jobs import AdaptJob, EpisodeJob, Job, JobResult
from harness.engine.observer import Unobserved
from harness.engine.policy_server import PolicyServer, remote_policies
from harness.engine.scheduler import Event
from harness.records.demo_store import DemoStore
from harness.records.run_directory import RunDirectory
from harness.study.names import look_up
from harness.study.options import parse
from harness.study.resolve import resolve
from harness.study.retention import retention_study
from harness.study.study import Study

FAKE = ["--suite=fake", "--policy=fake", "--method=lora", "--tasks=0-1", "--demos=4", "--steps=2"]


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 16
    path.write_bytes(content)


def swapped(path: Path) -> None:
    """With that of another task, as somebody would who wants it to be believed."""
    other = next(file for file in path.parent.glob("*.safetensors") if file != path)
    path.write_bytes(other.read_bytes())
    details = json.loads(other.with_suffix(".json").read_text()) | {"adapt_id": path.stem}
    del details["digest"]
    path.with_suffix(".json").write_bytes(sealed(details) + b"\n")


HARMS: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "flipped": flipped,
    "missing": Path.unlink,
    "swapped": swapped,
    "no details": lambda path: path.with_suffix(".json").unlink(),
}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def fake_study(*flags: str) -> Study:
    asked = parse([*FAKE, *flags])
    return resolve(asked, look_up(asked), mujoco="")


def test_a_damaged_adapter_is_made_again_by_the_same_command(local_pool: Any, tmp_path: Path) -> None:
    """With real adapters: the study grows, its first adapter harmed in each way before."""
    run, store = tmp_path / "run", DemoStore(tmp_path / "demos", "fake", "none", 16, "fast", "1")
    for number, harm in enumerate([None, "cut", "swapped", "no details"], start=1):
        study = fake_study(f"--episodes={number}")
        directory = RunDirectory(run, study, dict)
        path = directory.paths.adapter(study.adapt_key("lora", 0, 0).adapt_id)
        if harm:
            HARMS[harm](path)
        driver, pool = Driver(study, directory, store, 2), local_pool(study, run, store)
        assert len(driver.notes) == (harm is not None)
        for note in driver.notes:
            assert str(path) in note
            assert note.endswith("; it is adapted again")
            assert "\n" not in note
        driver.drive(pool, Unobserved())
        directory.close()
        assert sum(isinstance(job, AdaptJob) for job in pool.done) == (1 if harm else 2), harm
        assert "error" not in {row["status"] for row in rows(run / "episodes.jsonl")}
        assert len(rows(run / "episodes.jsonl")) == 2 * number


def drive(study: Study, run: Path, store: DemoStore, pool: Any, **given: Any) -> Driver:
    directory = RunDirectory(run, study, dict)
    try:
        driver = Driver(study, directory, store, 2, **given)
        driver.drive(pool, Unobserved())
    finally:
        directory.close()
    return driver


@pytest.mark.parametrize("served", [False, True])
@pytest.mark.parametrize("harm", ["cut", "missing"])
def test_one_that_is_damaged_meanwhile_ends_the_study_once(
    make_study: Callable[..., Study],
    store: DemoStore,
    local_pool: Any,
    tmp_path: Path,
    harm: str,
    served: bool,
) -> None:
    study = make_study("--method=lora", "--tasks=0", "--episodes=6", "--inference=server")

    def pool_of(run: Path) -> Any:
        pool = local_pool(study, run, store, 1)
        server = PolicyServer(study, run)
        for worker in pool.workers if served else ():
            worker._remote = remote_policies(study, lambda *request: asyncio.run(server.act(*request)))
        return pool

    harmed, calm = pool_of(tmp_path / "run"), pool_of(tmp_path / "calm")

    def harming(job: Any) -> bool:
        if isinstance(job, EpisodeJob) and job.key.init_id == 0:
            (path,) = (tmp_path / "run" / "adapters").glob("*.safetensors")
            HARMS[harm](path)
        return False

    harmed.dies = harming
    with pytest.raises(UserError, match="the same command makes it again"):
        drive(study, tmp_path / "run", store, harmed)
    assert not (tmp_path / "run" / "episodes.jsonl").exists()
    assert drive(study, tmp_path / "run", store, pool_of(tmp_path / "run")).notes
    assert not drive(study, tmp_path / "calm", store, calm).notes
    found, expected = (rows(tmp_path / name / "episodes.jsonl") for name in ("run", "calm"))
    assert [row["status"] for row in found] == [row["status"] for row in expected]
    assert len(found) == 6


def test_an_adapter_that_only_retention_needs_is_made_again_by_its_own_study(
    make_study: Callable[..., Study], store: DemoStore, local_pool: Any, tmp_path: Path
) -> None:
    study = make_study("--retention-episodes=3", "--tasks=0", "--method=lora")
    run = tmp_path / "run"
    drive(study, run, store, local_pool(study, run, store))
    key = study.adapt_key("lora", 0, 0)
    (run / "adapters" / f"{key.adapt_id}.safetensors").write_text("[0.")
    directory = RunDirectory(run, study, dict)
    later = retention_study(study, directory.trained())
    with pytest.raises(DamagedFileError, match="the same command makes it again"):
        Driver(later, directory.for_retention(later.untrained), store, 2)
    directory.close()
    pool = local_pool(study, run, store)
    assert drive(study, run, store, pool, needed=[key]).notes
    assert [type(job) for job in pool.done] == [AdaptJob]


def test_damaged_demonstrations_are_made_again_on_the_way(
    make_study: Callable[..., Study], store: DemoStore, local_pool: Any, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    study = make_study("--tasks=0", "--method=lora")
    drive(study, run, store, local_pool(study, run, store))
    first, second, third, fourth = sorted(store.folder(0).glob("*.npz"))
    before = first.read_bytes()
    flipped(first)
    second.write_bytes(second.read_bytes()[:200])
    third.unlink()
    more, watched = make_study("--tasks=0", "--method=lora,full"), Watched()
    fourth.write_bytes(before)  # another one's, with the note that vouches for it
    about = json.loads(first.with_suffix(".json").read_text()) | {"seed": int(fourth.stem)}
    fourth.with_suffix(".json").write_text(json.dumps(about))
    directory = RunDirectory(run, more, dict)
    Driver(more, directory, store, 2).drive(local_pool(more, run, store), watched)
    directory.close()
    said = [(name, any(str(name) in note for note in watched.notes)) for name in (first, fourth)]
    assert [found for _, found in said] == [True, True], watched.notes
    assert all(note.endswith("; it is demonstrated again") for note in watched.notes)
    assert first.read_bytes() == before
    assert {row["status"] for row in rows(run / "episodes.jsonl")} <= {"success", "failure"}
    adaptations = rows(run / "adaptations.jsonl")
    assert adaptations[0]["adapter_sha256"] == adaptations[1]["adapter_sha256"], "the same demonstrations"


class Watched(Unobserved):
    """Keeps what a study has to say."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def finished(self, job: Job, result: JobResult, events: Sequence[Event] = ()) -> None:
        self.notes += result.notes
