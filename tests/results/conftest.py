"""Run directories with records like those of real runs, from a seed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.keys import AdaptKey, EpisodeKey
from harness.core.rng import derive_rng

MakeRun = Callable[..., Path]

SKILL = {"frozen": -1.0, "lora": 0.2, "full": 0.4, "steer": 0.6, "steer-attn": 0.1}
"""Log-odds of success above those of a task."""

COST = {"frozen": (0, 0.0), "lora": (531_207, 55.0), "full": (2_719_815, 80.0)}
HEADED = (155_399, 40.0)
"""Trainable parameters and seconds of training."""

COMMIT = "4e3902e90fc8fecdbb1833b2af1ff31dc96c4b65"
SOURCE = "b5ea2b0d5ba9c5f4" * 4


def study(suite: str, methods: Sequence[str], tasks: int, episodes: int, steps: int) -> dict[str, Any]:
    """What study.json holds."""
    return {
        "suite": suite,
        "methods": list(methods),
        "task_ids": list(range(tasks)),
        "seeds": [0],
        "episodes": episodes,
        "limit": None,
        "adapt_per": "task",
        "policy": "pi0-small",
        "policy_spec": "pi0-small",
        "policy_sha256": "2724dfd744bac71b2fe53a952880847d963cabc31f49c3a6aca49466af34b688",
        "image_size": 80,
        "render": "fast",
        "replan_steps": 6,
        "assets": "original",
        "asset_label": "original@569a5265439e",
        "demos": 20,
        "steps": steps,
        "batch_size": 32,
        "num_heads": None,
        "max_steps": 220,
        "mujoco": "3.3.2",
        "inference": "worker",
        "format": 2,
        "engine": "fast",
        "expert": "1",
        "sessions": [
            {"commit": COMMIT, "source": SOURCE, "packages": {"mujoco": "3.3.2", "robosuite": "1.4.0"}}
        ],
    }


def adaptation_row(key: AdaptKey, rng: np.random.Generator) -> dict[str, Any]:
    """One line of adaptations.jsonl."""
    trained = key.method != "frozen"
    parameters, seconds = COST.get(key.method, HEADED)
    losses = (0.3 * np.exp(-np.arange(200) / 60) + 0.08 + rng.normal(0, 0.01, 200)).round(5).tolist()
    return {
        "adapt_id": key.adapt_id,
        "suite": key.suite,
        "tasks": list(key.tasks),
        "policy": key.policy,
        "method": key.method,
        "seed": key.seed,
        "demos": key.demos,
        "steps": key.steps,
        "demo_s": 70.0 if trained else 0.0,
        "trainable_params": parameters,
        "total_params": 2_997_383,
        "load_s": 2.0,
        "activations_s": 1.5 if key.method.startswith("steer") else 0.0,
        "select_s": 0.2 if key.method.startswith("steer") else 0.0,
        "train_s": seconds * key.steps / 600,
        "checkpoint_s": 0.02,
        "device": "cpu",
        "gpu_hours": None,
        "cpu_core_hours": (2.0 + seconds * key.steps / 600) / 3600,
        "peak_bytes": 1_500_000_000,
        "losses": losses[: key.steps] if trained else [],
        "flops": 3_400_000_000_000 if trained else 0,
        "status": "done",
        "error": "",
    }


def head_file(rng: np.random.Generator) -> dict[str, Any]:
    """One file of heads/."""
    scores = rng.uniform(0.02, 0.1, (4, 8)).tolist()
    ranked = sorted((scores[layer][head], layer, head) for layer in range(3) for head in range(8))
    return {
        "heads": [[layer, head] for _, layer, head in ranked[:5]],
        "k": 10,
        "scores": [*scores[:3], [None] * 8],
        "selector": "knn",
        "stream": "language",
    }


def episode_row(key: EpisodeKey, adapt: AdaptKey, given: dict[str, Any], status: str) -> dict[str, Any]:
    """One line of episodes.jsonl."""
    return {
        "episode_id": key.episode_id,
        "adapt_id": key.adapt_id,
        "suite": key.suite,
        "task_id": key.task_id,
        "task": f"put_thing_{key.task_id}_away",
        "instruction": f"put thing {key.task_id} away",
        "policy": adapt.policy,
        "method": adapt.method,
        "variation": key.variation,
        "level": key.level,
        "init_id": key.init_id,
        "seed": key.seed,
        "status": status,
        "steps": 0 if status == "error" else 120,
        "wall_s": None if status == "error" else 3.5,
        "error": "RuntimeError: unstable (sim.py:7)" if status == "error" else "",
        "replan_steps": given["replan_steps"],
        "max_steps": given["max_steps"],
        "mujoco": given["mujoco"],
        "asset_label": given["asset_label"],
        "render": given["render"],
        "engine": "" if status == "error" else "fast",
        "policy_sha256": given["policy_sha256"],
        "torch": "2.13.0",
        "device": "" if status == "error" else "cpu",
        "gl_renderer": "" if status == "error" else "llvmpipe",
        "source": given["sessions"][-1]["source"],
        "commit": given["sessions"][-1]["commit"],
        "robosuite": "1.4.0",
        "scene_id": key.scene_id,
    }


def conditions(varied: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The unvaried scene, then levels 1 to 4 of each variation."""
    yield "none", 0
    for name in varied:
        yield from ((name, level) for level in range(1, 5))


def write_run(
    path: Path,
    *,
    suite: str = "libero_spatial",
    methods: Sequence[str] = ("frozen", "lora", "steer"),
    tasks: int = 3,
    episodes: int = 10,
    steps: int = 600,
    errors: float = 0.02,
    varied: Sequence[str] = (),
    seeds: int = 1,
    changed: dict[str, Any] | None = None,
) -> Path:
    """A run directory; `changed` settings differ from the usual ones. Methods share their scenes' luck."""
    given = study(suite, methods, tasks, episodes, steps) | {"seeds": list(range(seeds))} | (changed or {})
    (path / "heads").mkdir(parents=True)
    (path / "study.json").write_text(json.dumps(given))
    adaptations, rows = [], []
    for method in methods:
        for task, seed in product(range(tasks), range(seeds)):
            of_seed = (seed,) if seed else ()
            trained = method != "frozen"
            adapt = AdaptKey(
                "pi0-small", method, suite, (task,), 20 if trained else 0, steps if trained else 0, seed
            )
            rng = derive_rng("test-records", suite, method, task, steps, *of_seed)
            adaptations.append(adaptation_row(adapt, rng))
            if method.startswith("steer"):
                (path / "heads" / f"{adapt.adapt_id}.json").write_text(json.dumps(head_file(rng)))
            for variation, level in conditions(varied):
                luck = derive_rng("test-luck", suite, task, variation, level, *of_seed).logistic(
                    0, 1, episodes
                )
                own = rng.logistic(0, 0.5, episodes)
                ease = derive_rng("test-task", suite, task).normal(0, 1.0) - 0.5 * level
                won = ease + SKILL.get(method, 0.0) + luck + own > 0
                broken = rng.random(episodes) < errors
                for init in range(episodes):
                    key = EpisodeKey(adapt.adapt_id, suite, task, init, seed, variation, level)
                    status = "error" if broken[init] else ("success" if won[init] else "failure")
                    rows.append(episode_row(key, adapt, given, status))
    for name, lines in (("adaptations", adaptations), ("episodes", rows)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """`make_run(name, **settings)` writes a run directory below the test's folder."""
    return lambda name="run", **settings: write_run(tmp_path / name, **settings)
