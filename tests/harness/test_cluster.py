"""The main job as its users run it: Ray, worker processes, signals. Half a minute."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
DOUBLE = Path(__file__).parent / "double"
"""A `baselines` package without torch: a run then takes seconds, most of them Ray's."""

PATIENCE_S = 300
TIMINGS = {
    "digest",
    "wall_s",
    "env_s",
    "policy_s",
    "demo_s",
    "load_s",
    "activations_s",
    "select_s",
    "train_s",
}
TIMINGS |= {
    "checkpoint_s",
    "cpu_core_hours",
    "gpu_hours",
    "peak_bytes",
    "cpu_s",
    "sweep_s",
    "ledger",
    "ended",
    "digest",
}


def start(policy: str, out: Path, workers: int, *flags: str, **variables: str) -> subprocess.Popen[str]:
    amount = ["--tasks=0-1", "--demos=8", "--steps=2", "--batch-size=4", "--episodes=50"]
    study = ["--suite=fake", f"--policy={policy}", "--method=frozen,steer", *amount, *flags]
    paths = [str(DOUBLE)] * (policy == "double") + [str(ROOT)]
    out.parent.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "harness.run", *study, f"--workers={workers}", f"--out={out}"],
        cwd=out.parent,  # where no package of the project lies, so that PYTHONPATH decides
        env=os.environ
        | {"HARNESS_CACHE": str(out.parent / "cache"), "PYTHONPATH": ":".join(paths)}
        | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job ignores Ctrl-C, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def await_episodes(out: Path, count: int, driver: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not (out / "episodes.jsonl").exists() or (out / "episodes.jsonl").read_bytes().count(b"\n") < count:
        assert driver.poll() is None, driver.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def workers_of(driver: subprocess.Popen[str]) -> list[psutil.Process]:
    family = psutil.Process(driver.pid).children(recursive=True)
    found = []
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # also a zombie, which has no command line
            if "ray::Worker" in " ".join(process.cmdline()):
                found.append(process)
    return found


def listening(driver: subprocess.Popen[str]) -> set[tuple[str, int]]:
    """Address and port of all that a study's processes listen on."""
    family = [psutil.Process(driver.pid), *psutil.Process(driver.pid).children(recursive=True)]
    found = set()
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            for each in process.net_connections("inet"):
                if each.status == psutil.CONN_LISTEN:
                    found.add((each.laddr.ip.removeprefix("::ffff:"), each.laddr.port))
    return found


def rows(path: Path) -> dict[str, dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    kept = [{name: line[name] for name in line if name not in TIMINGS} for line in lines]
    return {line.get("episode_id", line["adapt_id"]): line for line in kept}


@pytest.fixture(scope="module", params=["double", pytest.param("fake", marks=pytest.mark.slow)])
def killed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Policy and directory of a finished run with two workers, one of which was killed on the way."""
    out = tmp_path_factory.mktemp("killed") / "run"
    driver = start(request.param, out, workers=2)
    await_episodes(out, 5, driver)
    victims = workers_of(driver)
    assert len(victims) == 2
    family = " ".join(" ".join(process.cmdline()) for process in psutil.Process(driver.pid).children())
    assert "gcs_server" in family
    assert "dashboard.py" not in family  # two seconds of every start
    assert {address for address, _ in listening(driver)} == {"127.0.0.1"}
    victims[0].send_signal(signal.SIGKILL)
    output, errors = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 0, errors
    assert "Methods" in output
    return request.param, out


def test_a_killed_worker_leaves_no_trace(killed: tuple[str, Path]) -> None:
    policy, run = killed
    found = (run / "episodes.jsonl").read_text().splitlines()
    assert len(found) == len(rows(run / "episodes.jsonl")) == 200
    assert {json.loads(line)["status"] for line in found} <= {"success", "failure"}
    for name in ("study.json", "methods.csv", "methods.md"):
        assert (run / name).exists()
    assert len(list((run / "adapters").glob("*.safetensors"))) == 2
    assert len(list((run / "heads").glob("*.json"))) == (2 if policy == "fake" else 0)


def test_interrupted_and_resumed_by_one_worker_gives_the_same_records(
    killed: tuple[str, Path], tmp_path: Path
) -> None:
    policy, other = killed
    out = tmp_path / "run"
    driver = start(policy, out, workers=1)
    await_episodes(out, 3, driver)
    driver.send_signal(signal.SIGSTOP)  # or it may finish while the second driver starts
    second = start(policy, out, workers=1)
    assert second.communicate(timeout=PATIENCE_S)[1].count("\n") == 1
    assert second.returncode == 2
    before = time.monotonic()
    driver.send_signal(signal.SIGINT)
    driver.send_signal(signal.SIGCONT)
    _, errors = driver.communicate(timeout=PATIENCE_S)
    assert time.monotonic() - before < 10
    assert driver.returncode == 130
    assert "To go on: python -m harness.run --suite=fake" in errors
    kept = (out / "episodes.jsonl").read_text()
    assert 3 <= kept.count("\n") < 200
    resumed = start(policy, out, workers=1)
    assert resumed.wait(timeout=PATIENCE_S) == 0
    assert (out / "episodes.jsonl").read_text().startswith(kept)
    for name in ("episodes.jsonl", "adaptations.jsonl"):
        assert rows(out / name) == rows(other / name)
    assert (out / "tasks.md").read_text() == (other / "tasks.md").read_text()


JOINS = """
import sys, ray
ray.init(sys.argv[1], log_to_driver=False)
print("joined", ray.get(ray.remote(num_cpus=0)(lambda: 6 * 7).remote(), timeout=15))
"""


@pytest.mark.slow
def test_nobody_else_may_give_the_ray_of_a_study_commands(tmp_path: Path) -> None:
    driver = start("double", tmp_path / "run", 1, DOUBLE_ACT_S="0.1")
    await_episodes(tmp_path / "run", 1, driver)
    (head,) = [
        process
        for process in psutil.Process(driver.pid).children(recursive=True)
        if "gcs_server" in process.name()
    ]
    ports = [each.laddr.port for each in head.net_connections("inet") if each.status == psutil.CONN_LISTEN]
    mine = head.environ()["RAY_AUTH_TOKEN"]
    loopback = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "HOME": str(tmp_path)}
    bare = {name: os.environ[name] for name in ("PATH",)} | loopback
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64}
    for variables, allowed in (
        (bare, False),
        (bare | token, False),
        (bare | token | {"RAY_AUTH_TOKEN": mine}, True),
    ):
        said = ""
        for port in ports:
            with contextlib.suppress(subprocess.TimeoutExpired):
                command = [sys.executable, "-c", JOINS, f"127.0.0.1:{port}"]
                said += subprocess.run(
                    command, env=variables, capture_output=True, text=True, timeout=30
                ).stdout
        assert ("joined 42" in said) == allowed
    assert driver.poll() is None
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(timeout=20) == 130


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_driver(tmp_path: Path, end: signal.Signals) -> None:
    another = {"RAY_ADDRESS": "127.0.0.1:1"}  # of somebody else's cluster: a local study joins none
    driver = start("double", tmp_path / "run", 2, DOUBLE_ACT_S="0.05", **another)
    await_episodes(tmp_path / "run", 2, driver)
    family = psutil.Process(driver.pid).children(recursive=True)
    assert len(workers_of(driver)) == 2
    driver.send_signal(end)
    deadline = time.monotonic() + 10
    driver.communicate(timeout=PATIENCE_S)
    while left := [process for process in family if alive(process)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def alive(process: psutil.Process) -> bool:
    """Whether it is more than an entry that nobody has asked for."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.slow
def test_every_fault_is_an_error_with_its_reason_and_the_study_goes_on(tmp_path: Path) -> None:
    faults = {
        "nan": "policy returned actions that are not finite",
        "shape": "policy returned shape (1, 8, 3), expected (1, 8, 7)",
        "memory": "not adapted: numpy._core._exceptions._ArrayMemoryError: Unable to allocate",
        "crash": "3 workers died of it: Worker exit type: SYSTEM_ERROR",
        "hang": "3 workers died of it: no progress for 5 s (--stall-timeout); it was at adaptation.py",
    }
    methods = ",".join(["frozen", *(f"broken-{name}" for name in faults)])
    amount = [f"--method={methods}", "--tasks=0", "--episodes=3", "--stall-timeout=5"]
    out = tmp_path / "run"
    _, errors = start("double", out, 2, *amount).communicate(timeout=PATIENCE_S)
    assert "15 episodes ended in an error" in errors
    assert "--retry-errors" in errors
    found = rows(out / "episodes.jsonl").values()
    assert len(found) == 18
    for row in found:
        assert faults.get(row["method"].removeprefix("broken-"), "") in row["error"]
        assert (row["status"] == "error") == (row["method"] != "frozen")


@pytest.mark.slow
def test_a_stopped_worker_is_replaced(tmp_path: Path) -> None:
    driver = start("double", tmp_path / "run", 2, "--stall-timeout=3", DOUBLE_ACT_S="0.02")
    await_episodes(tmp_path / "run", 5, driver)
    stopped = workers_of(driver)[0]
    stopped.send_signal(signal.SIGSTOP)
    _, errors = driver.communicate(timeout=60)
    assert driver.returncode == 0, errors
    assert not alive(stopped)
    assert {row["status"] for row in rows(tmp_path / "run" / "episodes.jsonl").values()} <= {
        "success",
        "failure",
    }


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A cluster of two nodes of two processors on this machine, which find no package of the project."""
    from ray.cluster_utils import Cluster

    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    monkeypatch.chdir(tmp_path)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    cluster.second = cluster.add_node(num_cpus=2)
    yield cluster
    cluster.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("inference", ["worker", "server"])
def test_a_cluster_one_of_whose_nodes_dies(
    killed: tuple[str, Path], nodes: Any, tmp_path: Path, inference: str
) -> None:
    policy, other = killed
    out = tmp_path / "run"
    flags = [f"--ray-address={nodes.address}", f"--inference={inference}"]
    driver = start(policy, out, 4, *flags, DOUBLE_ACT_S="0.02")
    await_episodes(out, 5, driver)
    nodes.remove_node(nodes.second, allow_graceful=False)
    _, errors = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 0, errors
    for name in ("episodes.jsonl", "adaptations.jsonl"):
        first, second = rows(out / name), rows(other / name)
        assert without(first, "inference") == without(second, "inference")
    assert (out / "tasks.md").read_text() == (other / "tasks.md").read_text()
    assert len(list((out / "adapters").glob("*.safetensors"))) == 2
    assert list((out / "videos").glob("*.mp4"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64}, 0),
        ({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "1" * 64}, 2),
        ({"RAY_AUTH_MODE": "disabled", "RAY_AUTH_TOKEN": ""}, 2),
    ],
)
def test_a_cluster_with_a_token_takes_studies_only_from_those_who_have_it(
    tmp_path: Path, variables: dict[str, str], status: int
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    begin = ["start", "--head", "--block", "--num-cpus=1", "--include-dashboard=false"]
    place = ["--node-ip-address=127.0.0.1", f"--port={address.partition(':')[2]}", "--disable-usage-stats"]
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64}
    head = subprocess.Popen(
        [str(Path(sys.executable).with_name("ray")), *begin, *place],
        env=os.environ | token | {"PYTHONPATH": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not any("raylet" in each.name() for each in psutil.Process(head.pid).children()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(3.0)
        flags = [f"--ray-address={address}", "--method=frozen", "--tasks=0", "--episodes=2"]
        driver = start("double", tmp_path / "run", 1, *flags, **variables)
        _, errors = driver.communicate(timeout=90)
        assert driver.returncode == status, errors
        assert len(rows(tmp_path / "run" / "episodes.jsonl") if status == 0 else []) == (
            2 if status == 0 else 0
        )
        if status:
            assert f"no Ray cluster answers at '{address}'" in errors.splitlines()[-1]
    finally:
        head.terminate()
        head.wait()


def without(found: dict[str, dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    return {key: {field: row[field] for field in row if field != name} for key, row in found.items()}


FILLS = """
mount -t tmpfs -o size=192k none {disk} && mount -t tmpfs -o size=64m none {cache} || exit 77
{command}; first=$?
cp {disk}/run/episodes.jsonl {home}/first.jsonl
mount -o remount,ro {disk}; {command}; second=$?
mount -o remount,rw,size=64m {disk}; {command}; third=$?
cp -r {disk}/run {home}/run
echo statuses $first $second $third
"""


@pytest.mark.slow
def test_a_full_disk_stops_a_study_and_damages_nothing(killed: tuple[str, Path], tmp_path: Path) -> None:
    policy, other = killed
    disk, cache = tmp_path / "disk", tmp_path / "cache"
    disk.mkdir()
    cache.mkdir()
    run = start(policy, disk / "run", 2, "--dry-run")
    run.communicate(timeout=PATIENCE_S)
    assert isinstance(run.args, list)
    command = shlex.join(str(argument) for argument in run.args if argument != "--dry-run")
    script = FILLS.format(disk=disk, cache=cache, home=tmp_path, command=command)
    paths = ":".join([str(DOUBLE)] * (policy == "double") + [str(ROOT)])
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"HARNESS_CACHE": str(cache), "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("only root may mount a small disk")
    assert "statuses 2 2 0" in done.stdout, done.stderr
    assert "No space left on device" in done.stderr
    assert "make room and give the same command again" in done.stderr
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    first = (tmp_path / "first.jsonl").read_text()
    assert 0 < first.count("\n") < 200
    assert first.endswith("\n")
    assert (tmp_path / "run" / "episodes.jsonl").read_text().startswith(first)
    for name in ("episodes.jsonl", "adaptations.jsonl"):
        assert rows(tmp_path / "run" / name) == rows(other / name)
