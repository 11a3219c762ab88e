"""A worker that sees nothing of the driver's files makes the same records and files as one that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cluster import remote_worker
from harness.cluster.remote_worker import RemotePolicyServer, RemoteWorker, WorkerSpec
from harness.cluster.tempdirs import Scratch
from harness.core.errors import DamagedFileError
from harness.engine.driver import Driver
from harness.engine.jobs import Job, JobResult
from harness.engine.observer import Unobserved
from harness.records.demo_store import DemoStore
from harness.records.journal import Journal
from harness.records.run_directory import RunDirectory
from harness.study.study import Study

TIMINGS = ("wall_s", "env_s", "policy_s", "cpu_s", "demo_s", "ended", "digest")


class RemotePool:
    """RemoteWorkers in this process; files travel as bytes."""

    def __init__(self, study: Study, run: Path, store: DemoStore, session: str) -> None:
        self.size, self.run, self.store = 2, run, store
        files = {name: path.read_bytes() for name, path in remote_worker.directories(study, None)}
        spec = WorkerSpec(study, store, 1e6, session, files)
        self.workers = [RemoteWorker(spec, lambda content: content, number) for number in range(2)]
        self.jobs: dict[int, Job] = {}

    def idle(self) -> Iterator[int]:
        yield from [worker for worker in range(self.size) if worker not in self.jobs]

    def submit(self, worker: int, job: Job) -> None:
        self.jobs[worker] = job

    def wait(self, timeout_s: float) -> list[tuple[int, JobResult]]:
        worker, job = self.jobs.popitem()
        files = {name: path.read_bytes() for name, path in remote_worker.needed(job, self.run, self.store)}
        outcome, made = self.workers[worker].work(job, files)
        remote_worker.bring_home(made, self.run, self.store)
        return [(worker, outcome)]


@pytest.fixture
def session() -> Iterator[str]:
    """Name of the scratch directory of this test."""
    name = "test-outpost"
    scratch = Scratch("harness-", name)
    yield name
    scratch.remove()


def records(run: Path, name: str) -> dict[str, dict[str, Any]]:
    found = list(Journal(run / name).rows())
    key = "episode_id" if "episode_id" in found[0] else "adapt_id"
    return {row[key]: {field: row[field] for field in row if field not in TIMINGS} for row in found}


def test_results_come_home(
    make_study: Callable[..., Study], store: DemoStore, local_pool: Any, tmp_path: Path, session: str
) -> None:
    study = make_study()
    trees = []
    for name in ("here", "there"):
        directory = RunDirectory(tmp_path / name, study, dict)
        place = DemoStore(tmp_path / f"cache-{name}", *list(vars(store).values())[1:])
        pool = (
            local_pool(study, directory.path, place)
            if name == "here"
            else RemotePool(study, directory.path, place, session)
        )
        Driver(study, directory, place, 2).drive(pool, Unobserved())
        directory.close()
        demos = {path.relative_to(place.root) for path in place.root.rglob("*.npz")}
        made = {path.relative_to(directory.path) for path in remote_worker.tree(directory.path)}
        trees.append((demos, made))
    assert trees[0] == trees[1]
    for name in ("episodes.jsonl", "adaptations.jsonl"):
        assert records(tmp_path / "here", name) == records(tmp_path / "there", name)


def test_directories_travel_and_keep_their_names(tmp_path: Path, make_study: Callable[..., Study]) -> None:
    from dataclasses import replace

    policy, assets = tmp_path / "a" / "mine", tmp_path / "b" / "pack"
    for folder in (policy, assets):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "file").write_text(folder.name)
    study = make_study()
    study = replace(
        study,
        policy=replace(study.policy, spec=str(policy)),
        simulation=replace(study.simulation, assets=str(assets), asset_label="pack@123"),
    )
    files = {name: path.read_bytes() for name, path in remote_worker.directories(study, assets)}
    assert files == {"policy/mine/inner/file": b"mine", "assets/pack/inner/file": b"pack"}
    node = tmp_path / "node"
    remote_worker.unpack(node, files, lambda content: content)
    there = remote_worker.relocated(study, node)
    assert (Path(there.policy.spec) / "inner" / "file").read_text() == "mine"
    assert (Path(there.simulation.assets) / "inner" / "file").read_text() == "pack"
    assert there.simulation.asset_label == study.simulation.asset_label


def test_a_server_is_sent_its_adapters(make_study: Callable[..., Study], session: str) -> None:
    study = make_study()
    server = RemotePolicyServer(WorkerSpec(study, None, 1e6, session), lambda content: content)  # type: ignore[arg-type]
    key = study.adapt_key("lora", 0, 0)
    from harness.engine.policies import adapter_of

    with pytest.raises(DamagedFileError, match="is gone; the same command makes it again"):
        adapter_of(server.run, key)
    server.install({f"{key.adapt_id}.safetensors": b'[0.7, ""]'})
    assert adapter_of(server.run, key)
