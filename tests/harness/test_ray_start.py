"""Ray that cannot start, is ended while it starts, or is not wanted any more before it has."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.cluster.preflight import MEMORY_BYTES, check, group_limits
from harness.cluster.ray_start import complaint
from harness.core.errors import UserError

ROOT = Path(__file__).parents[2]
DOUBLE = Path(__file__).parent / "double"
REASON_S, ANSWER_S, GONE_S = 15, 3, 10
NO_PORT_YET = pytest.mark.xfail(
    reason="while its head has no port yet, Ray waits and lets no thread of Python run"
)
CONTROL_GROUP = Path("/sys/fs/cgroup/memory")
STUDY = ["--suite=fake", "--policy=double", "--method=frozen", "--tasks=0", "--episodes=50", "--workers=1"]


def command(tmp_path: Path) -> list[str]:
    return [sys.executable, "-m", "harness.run", *STUDY, f"--out={tmp_path}/run"]


def start(tmp_path: Path, *wrapped: str, act_s: str = "0.1") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*wrapped, *command(tmp_path)],
        cwd=tmp_path,
        env=os.environ
        | {"HARNESS_CACHE": str(tmp_path / "cache"), "PYTHONPATH": f"{DOUBLE}:{ROOT}", "DOUBLE_ACT_S": act_s},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def part(driver: subprocess.Popen[str], name: str) -> psutil.Process:
    """A process of the Ray that `driver` starts, as soon as it is there."""
    while driver.poll() is None:
        for process in psutil.Process(driver.pid).children():
            with contextlib.suppress(psutil.Error):
                if process.name() == name:
                    return process
        time.sleep(0.01)
    raise AssertionError(driver.communicate())


def leaves_nothing(family: list[psutil.Process]) -> None:
    deadline = time.monotonic() + GONE_S
    while True:
        left = []
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                    left.append(process)
        if not left:
            return
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("--nofile=32", "Ray does not start with 32 open files (ulimit -n); it needs 64 or more"),
        ("--as=1000000000", "Ray does not start in 1.0 GB of address space (ulimit -v); it needs 2 GB"),
    ],
)
def test_a_limit_too_low_for_ray_is_named(tmp_path: Path, limit: str, reason: str) -> None:
    driver = start(tmp_path, "prlimit", limit)
    assert driver.communicate(timeout=REASON_S)[1] == f"{reason}\n"
    assert driver.returncode == 2


@pytest.mark.slow
def test_shared_memory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    mounted = 'mount -t tmpfs -o ro none /dev/shm || exit 77; exec "$@"'
    driver = start(tmp_path, "unshare", "-m", "bash", "-c", mounted, "bash")
    errors = driver.communicate(timeout=REASON_S)[1]
    if driver.returncode == 77 or "unshare failed" in errors:
        pytest.skip("only root may mount")
    assert errors.startswith("Ray does not start without shared memory: /dev/shm cannot be written")
    assert (errors.count("\n"), driver.returncode) == (1, 2)


@pytest.mark.slow
@pytest.mark.skipif(not os.access(CONTROL_GROUP, os.W_OK), reason="only root may limit memory")
def test_too_little_memory_is_named(tmp_path: Path) -> None:
    group = CONTROL_GROUP / f"test-{os.getpid()}"
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text("300000000")
        joined = f'echo $$ > {group}/cgroup.procs; exec "$@"'
        errors = start(tmp_path, "bash", "-c", joined, "bash").communicate(timeout=REASON_S)[1]
    finally:
        group.rmdir()
    assert errors.startswith("Ray does not start with 2")
    assert "MiB of free memory; it needs 400" in errors
    assert errors.count("\n") == 1


def test_memory_of_a_control_group_is_what_its_limit_leaves(tmp_path: Path) -> None:
    new, old, unlimited = (tmp_path / name for name in ("new", "old", "unlimited"))
    for group, names, values in (
        (new, ("memory.max", "memory.current", "inactive_file"), ("900", "500", "100")),
        (old, ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"), ("800", "300", "0")),
        (unlimited, ("memory.max", "memory.current", "inactive_file"), ("max", "500", "100")),
    ):
        group.mkdir()
        for name, value in zip(names[:2], values[:2], strict=True):
            (group / name).write_text(f"{value}\n")
        (group / "memory.stat").write_text(f"anon 7\n{names[2]} {values[2]}\n")
    assert group_limits([new, tmp_path / "none", old, unlimited])[1:] == [500, 500]


def test_a_machine_without_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check()
    monkeypatch.setattr("harness.cluster.preflight.group_limits", lambda groups: [MEMORY_BYTES - 1])
    with pytest.raises(UserError, match="with 399 MiB of free memory; it needs 400 "):
        check()


def test_what_ray_complained_of_first_is_found_in_its_logs(tmp_path: Path) -> None:
    logs = tmp_path / "session_2026-01-01" / "logs"
    logs.mkdir(parents=True)
    assert complaint(tmp_path) == ""
    (logs / "raylet.out").write_text(
        "[2026-01-01 10:00:00,001 I 7 7] (raylet) main.cc:1: well\n"
        "[2026-01-01 10:00:00,002 C 7 7] (raylet) dlmalloc.cc:129:  Check failed: fd >= 0 \n"
        "[2026-01-01 10:00:00,003 E 7 7] logging.cc:474: *** SIGABRT received\n"
    )
    assert complaint(tmp_path) == "Check failed: fd >= 0"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "after_s"),
    [pytest.param("gcs_server", 0.0, marks=NO_PORT_YET), ("gcs_server", 1.0), ("raylet", 0.0)],
)
def test_a_part_of_ray_killed_while_it_starts_is_named(tmp_path: Path, name: str, after_s: float) -> None:
    driver = start(tmp_path)
    victim = part(driver, name)
    time.sleep(after_s)
    family = psutil.Process(driver.pid).children(recursive=True)
    victim.kill()
    _, errors = driver.communicate(timeout=REASON_S)
    assert driver.returncode == 2
    assert errors.splitlines()[-1].startswith(f"Ray does not start: its {name} ended")
    leaves_nothing(family)


@pytest.mark.parametrize(
    ("number", "after_s"),
    [
        (signal.SIGTERM, 2.0),
        pytest.param(signal.SIGTERM, 0.0, marks=[pytest.mark.slow, NO_PORT_YET]),
        *(
            pytest.param(number, after_s, marks=pytest.mark.slow)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
            for after_s in (0.5, 1.0)
        ),
    ],
)
def test_a_signal_while_ray_starts_is_answered(
    tmp_path: Path, number: signal.Signals, after_s: float
) -> None:
    driver = start(tmp_path)
    part(driver, "gcs_server")
    time.sleep(after_s)
    family = psutil.Process(driver.pid).children(recursive=True)
    began = time.monotonic()
    driver.send_signal(number)
    _, errors = driver.communicate(timeout=GONE_S)
    assert time.monotonic() - began < ANSWER_S
    assert driver.returncode == 130
    assert "To go on: python -m harness.run --suite=fake" in errors.splitlines()[-1]
    leaves_nothing(family)
