import time

import pytest

from harness.meter import Meter


def test_phases_add_up() -> None:
    meter = Meter()
    for _ in range(2):
        with meter.phase("train"):
            time.sleep(0.02)
    with meter.phase("load"):
        pass
    assert 0.04 <= meter.wall("train") < 0.2
    assert meter.wall("load") < 0.02
    assert meter.wall("never") == 0.0
    assert list(meter.phases) == ["train", "load"]


def test_processor_time_is_work_not_waiting() -> None:
    meter = Meter()
    with meter.phase("wait"):
        time.sleep(0.05)
    with meter.phase("work"):
        end = time.process_time() + 0.03
        while time.process_time() < end:
            pass
    assert meter.phases["wait"].cpu_s < 0.03 <= meter.phases["work"].cpu_s


def test_cpu_hours_without_a_gpu() -> None:
    meter = Meter("cpu")
    with meter.phase("train") as cost:
        pass
    cost.cpu_s = 1800.0
    assert meter.cpu_core_hours == 0.5
    assert meter.gpu_hours is None
    assert cost.device_s == 0.0


def test_a_failing_phase_is_charged_too() -> None:
    meter = Meter()

    def fail() -> None:
        with meter.phase("train"):
            time.sleep(0.01)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert meter.wall("train") >= 0.01


def test_peak_memory_sees_an_allocation() -> None:
    meter = Meter()
    before = meter.peak_bytes
    block = bytearray(64 * 2**20)
    assert meter.peak_bytes >= before + 32 * 2**20
    del block
