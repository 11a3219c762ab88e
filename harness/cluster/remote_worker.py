"""A worker on a node that does not see the driver's files: what a job needs is sent there, results return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.cluster.tempdirs import Scratch
from harness.core import registry
from harness.core.files import write_whole
from harness.core.keys import AdaptKey
from harness.core.protocols import Suite
from harness.core.run_paths import RunPaths
from harness.engine.jobs import AdaptJob, EpisodeJob, Job, JobResult
from harness.engine.policy_server import PolicyServer
from harness.engine.watchdog import Watchdog
from harness.engine.worker import Worker
from harness.records.demo_store import DemoStore
from harness.study.study import Study

Files = Mapping[str, Any]
"""Relative path -> what `fetch` turns into the content, bytes."""


@dataclass(frozen=True)
class WorkerSpec:
    """What every worker on every node needs: the study, and the directories that it names."""

    study: Study
    store: DemoStore
    timeout_s: float
    session: str
    """Name of the node's scratch directory, the same for all workers of one driver."""
    files: Files = field(default_factory=dict)
    """Files of the policy and of the assets, under `policy/<name>/` and `assets/<name>/`."""


class RemoteWorker:
    """`harness.engine.worker.Worker` in a scratch directory of its own."""

    def __init__(
        self,
        spec: WorkerSpec,
        fetch: Callable[[Any], bytes],
        number: int,
        policies: Callable[[Path, AdaptKey], Any] | None = None,
    ) -> None:
        """`number` distinguishes the workers of a session; `policies(run, key)` gives a served policy."""
        self._fetch = fetch
        node = Scratch("harness-", spec.session)
        self._node = node  # keeps its lock
        unpack(node.path, spec.files, fetch)
        self.root = node.path / f"worker-{number}"
        self.run, store = self.root / "run", replace(spec.store, root=self.root / "store")
        for folder in RunPaths(self.run).folders:
            folder.mkdir(parents=True, exist_ok=True)
        self._worker = Worker(
            relocated(spec.study, node.path),
            self.run,
            store,
            partial(policies, self.run) if policies else None,
            lambda: Watchdog(node.path / "hung", spec.timeout_s),
        )

    def pid(self) -> int:
        """Process id; answers as soon as the process is up."""
        return self._worker.pid()

    def work(self, job: Job, files: Files) -> tuple[JobResult, dict[str, bytes]]:
        """Do one job with `files` at hand; returns what came of it and the files that it made."""
        unpack(self.root, files, self._fetch)
        before = {path: path.stat().st_mtime_ns for path in tree(self.root)}
        result = self._worker.work(self._here(job))
        made = {}
        for path in tree(self.root):
            if before.get(path) != path.stat().st_mtime_ns:
                made[path.relative_to(self.root).as_posix()] = path.read_bytes()
                if not isinstance(job, AdaptJob):
                    path.unlink()
        return result, made

    def _here(self, job: Job) -> Job:
        if not isinstance(job, EpisodeJob):
            return job
        films = {status: str(self.run / "videos" / Path(path).name) for status, path in job.videos.items()}
        return replace(job, videos=films)


class RemotePolicyServer(PolicyServer):
    """The policy server on such a node; it has the adapters that it was sent."""

    def __init__(self, spec: WorkerSpec, fetch: Callable[[Any], bytes]) -> None:
        """Files of the policy are fetched first."""
        self._node = Scratch("harness-", spec.session)
        node = self._node.path
        unpack(node, spec.files, fetch)
        super().__init__(
            relocated(spec.study, node),
            node / "server",
            lambda: Watchdog(node / "hung", spec.timeout_s / 2),
        )

    def install(self, files: Mapping[str, bytes]) -> None:
        """Take in an adapter's files, by name."""
        for name, content in files.items():
            write_whole(self.run / "adapters" / name, content)


def needed(job: Job, run: Path, store: DemoStore) -> Iterator[tuple[str, Path]]:
    """Files of the driver that a job reads, with their path on the node."""
    if isinstance(job, EpisodeJob):
        for path in adapter_files(run, job.adapt):
            yield f"run/adapters/{path.name}", path
    elif isinstance(job, AdaptJob):
        for task_id, seed in job.demos:
            data = store.path(task_id, seed)
            for path in (data, data.with_suffix(".json")):
                yield f"store/{path.relative_to(store.root).as_posix()}", path


def adapter_files(run: Path, key: AdaptKey) -> list[Path]:
    """The trained weights and what lies beside them."""
    return [path for path in (run / "adapters").iterdir() if path.stem == key.adapt_id]


def bring_home(files: Mapping[str, bytes], run: Path, store: DemoStore) -> None:
    """Put what a job made where a local worker would have written it; a success's data before its note."""
    places = {"run": run, "store": store.root}
    for name in sorted(files, key=lambda name: (name.endswith(".json"), name)):
        place, _, rest = name.partition("/")
        write_whole(places[place] / rest, files[name])


def directories(study: Study, asset_path: Path | None) -> Iterator[tuple[str, Path]]:
    """Files that nodes cannot have: a policy's directory, and assets that are no installed package."""
    roots = {}
    if Path(study.policy.spec).is_dir():
        roots[f"policy/{Path(study.policy.spec).resolve().name}"] = Path(study.policy.spec)
    if asset_path is not None:
        roots[f"assets/{study.simulation.asset_label.partition('@')[0]}"] = asset_path
    for name, root in roots.items():
        for path in tree(root):
            yield f"{name}/{path.relative_to(root).as_posix()}", path


def packages() -> list[str]:
    """Packages that workers need, wherever this process found them: folders, and modules that are one file.

    Of things from outside only the package is sent that was named, not what it imports.
    """
    found = [find_spec(name) for name in ("harness", "benchmarks", "baselines", *registry.packages())]
    places = [Path(spec.origin) for spec in found if spec and spec.origin]
    return [str(place.parent if place.name == "__init__.py" else place) for place in places]


def asset_directory(study: Study) -> Path | None:
    """Directory of the assets where no package brings them to the nodes."""
    suite: Suite = registry.find("suite", study.simulation.suite)
    return suite.asset_directory(study.simulation.assets)


def relocated(study: Study, node: Path) -> Study:
    """The study with the node's own paths."""
    policy = node / "policy" / Path(study.policy.spec).resolve().name
    assets = node / "assets" / study.simulation.asset_label.partition("@")[0]
    moved = study
    if policy.is_dir():
        moved = replace(moved, policy=replace(study.policy, spec=str(policy)))
    if assets.is_dir():
        moved = replace(moved, simulation=replace(study.simulation, assets=str(assets)))
    return moved


def unpack(root: Path, files: Files, fetch: Callable[[Any], bytes]) -> None:
    """Write the files that are not there yet."""
    for name, content in files.items():
        if not (root / name).exists():
            write_whole(root / name, fetch(content))


def tree(root: Path) -> Iterable[Path]:
    """All files under `root`, without those that are being written."""
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.name.startswith("."))
