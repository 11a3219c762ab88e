"""A policy that is better the more demonstrations it saw: numpy only, milliseconds."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.errors import DamagedFileError, UserError
from harness.core.specs import OSC_POSE, PolicyInfo, StreamInfo


@dataclass
class PointPolicy:
    """Moves towards the goal of the fake suite."""

    skill: float
    fault: str = ""
    """What is wrong with it, by the name of the method that made it so."""
    name: str = "double"
    horizon: int = 8
    replan: int = 4
    image_size: int = 16
    render: str = "fast"
    hardware: str = "cpu"

    def act(self, observations: Any, rngs: Any) -> Any:
        time.sleep(float(os.environ.get("DOUBLE_ACT_S", "0")))
        if self.fault == "hang":
            time.sleep(3600)
        if self.fault == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        chunks = np.zeros((len(observations), self.horizon, OSC_POSE.size), np.float32)
        for chunk, seen, rng in zip(chunks, observations, rngs, strict=True):
            away = self.skill * (seen.state[3:5] - seen.state[:2])
            chunk[:, :2] = np.clip(away + rng.normal(0.0, 0.2, 2), -1.0, 1.0)
        if self.fault == "nan":
            chunks[:, 0, 0] = np.nan
        return chunks[:, :, :3] if self.fault == "shape" else chunks


def describe(spec: str) -> PolicyInfo:
    if spec != "double":
        raise UserError(f"unknown policy {spec!r}; known: double")
    policy = PointPolicy(0.0)
    return PolicyInfo(
        name=policy.name,
        horizon=policy.horizon,
        replan_steps=policy.replan,
        image_size=policy.image_size,
        sha256="0",
        total_params=9,
        streams=(StreamInfo("language", 2, 3, 3, 4),),
        pretrained_suite="fake_pretrain",
        pretrained_tasks=(1, 3),
    )


def method_groups() -> dict[str, tuple[str, ...]]:
    return {"all": ("frozen", "full", "steer")}


def check_compiler() -> None:
    pass


def adapt(spec: str, method: str, demos: Any, asked: Any, **given: Any) -> dict[str, Any]:
    if method == "broken-memory":
        resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))
        np.ones(2**36)
    if method != "frozen":
        fault = method.removeprefix("broken-") if method.startswith("broken-") else ""
        given["adapter_path"].write_text(json.dumps([len(demos) / 10, fault]))
        given["progress"](asked.steps, asked.steps, 0.5)
    trained = {"adapter_sha256": check_adapter(given["adapter_path"], "0")} if method != "frozen" else {}
    return {"trainable_params": len(demos), "gpu_hours": float("nan"), "cpu_core_hours": 0.25} | trained


def check_adapter(adapter_path: Path, policy_sha256: str) -> str:
    try:
        content = adapter_path.read_bytes()
        json.loads(content)
    except (OSError, ValueError):
        raise DamagedFileError(f"adapter {str(adapter_path)!r} is damaged") from None
    return hashlib.sha256(content).hexdigest()


def restore(spec: str, adapter: Path | None) -> PointPolicy:
    if adapter is None:
        return PointPolicy(0.0)
    check_adapter(adapter, "0")
    return PointPolicy(*json.loads(adapter.read_text()))
