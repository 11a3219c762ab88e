import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.core import energy
from harness.core.meter import Meter


def test_phases_add_up() -> None:
    meter = Meter()
    for _ in range(2):
        with meter.phase("train"):
            time.sleep(0.02)
    with meter.phase("load"):
        pass
    assert 0.04 <= meter.wall("train") < 0.2
    assert meter.wall("load") < meter.wall("train")
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


def test_the_ledger_adds_up_and_says_what_was_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    clock = SimpleNamespace(perf_counter=lambda: now[0], process_time=lambda: now[0] / 2)
    monkeypatch.setattr("harness.core.meter.time", clock)
    meter = Meter()
    for name in ("load", "training", "load"):
        with meter.phase(name) as cost:
            now[0] += 20.0
    cost.flops = (cost.flops or 0) + 7
    ledger = meter.ledger()
    assert {name: (phase["wall_s"], phase["cpu_s"]) for name, phase in ledger.items()} == {
        "load": (40.0, 20.0),
        "training": (20.0, 10.0),
    }
    assert (ledger["load"]["flops"], ledger["training"]["flops"]) == (7, None)
    assert (ledger["load"]["energy_j"] is None) == (meter.energy_source is None)


def test_peak_memory_belongs_to_its_phase() -> None:
    meter = Meter()
    with meter.phase("large"):
        block = bytearray(64 * 2**20)
        del block
    with meter.phase("small"):
        pass
    large, small = (meter.phases[name].peak_bytes for name in ("large", "small"))
    assert large > small + 32 * 2**20
    assert meter.peak_bytes == large


def test_energy_is_summed_over_packages_and_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energy, "RAPL", tmp_path)
    assert energy.find("cpu") is None
    for number in range(2):
        folder = tmp_path / f"intel-rapl:{number}"
        folder.mkdir()
        (folder / "energy_uj").write_text("9000000")
        (folder / "max_energy_range_uj").write_text("10000000")
    meter = Meter()
    with meter.phase("training"):
        (tmp_path / "intel-rapl:0" / "energy_uj").write_text("9500000")
        (tmp_path / "intel-rapl:1" / "energy_uj").write_text("1000000")  # wrapped around
    assert meter.phases["training"].energy_j == pytest.approx(0.5 + 2.0)
    assert meter.energy_source == "RAPL, whole processor packages"
