"""Runs in the layout of LeRobot's `eval_info.json`, so that tools for it read them.

The layout is that of `eval_policy_all` in `src/lerobot/scripts/lerobot_eval.py` of huggingface/lerobot at
commit 01f50c3df470: `per_task` (a list of task_group, task_id and the metrics of its episodes), `per_group`
(by suite) and `overall`. One file holds one policy: here, one method.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.core.errors import UserError
from results.records.runs import Records


def save(records: Records, folder: Path) -> list[Path]:
    """Write `<method>/eval_info.json` below `folder`. Raises UserError where it cannot be written."""
    written = []
    for method in records.methods:
        path = folder / re.sub(r"[^\w.-]+", "-", method).strip("-") / "eval_info.json"
        content = eval_info(records, method)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content, indent=2) + "\n")
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}; choose another --out") from None
        written.append(path)
    return written


def eval_info(records: Records, method: str) -> dict[str, Any]:
    """One method's episodes without variations, in LeRobot's layout.

    LIBERO's reward is 1 at the step that reaches the goal, so both rewards of an episode are its success.
    An episode with an error has neither: it is left out and counted in `n_errors`, which LeRobot lacks.
    """
    episodes = records.nominal[records.nominal["method"] == method]
    judged = episodes[episodes["status"] != "error"]
    tasks = [
        {"task_group": suite, "task_id": int(part["task_id"].iloc[0]), "metrics": _metrics(records, part)}
        for (suite, _), part in judged.groupby(["suite", "task_id"], sort=True)
    ]
    groups = {
        suite: _aggregate(part, [task for task in tasks if task["task_group"] == suite])
        for suite, part in judged.groupby("suite", sort=True)
    }
    seconds = float(judged["wall_s"].sum())
    timing = {"eval_s": seconds, "eval_ep_s": seconds / max(1, len(judged))}
    overall = _aggregate(judged, tasks) | timing | {"n_errors": len(episodes) - len(judged)}
    return {"per_task": tasks, "per_group": groups, "overall": overall}


def _metrics(records: Records, part: pd.DataFrame) -> dict[str, Any]:
    ordered = part.sort_values(["seed", "init_id"], kind="stable")
    won = (ordered["status"] == "success").tolist()
    rewards = [float(success) for success in won]
    films = [str(path) for path in records.films(part)]
    return {"sum_rewards": rewards, "max_rewards": rewards, "successes": won, "video_paths": films}


def _aggregate(part: pd.DataFrame, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    won = (part["status"] == "success").to_numpy(dtype=float)
    mean = float(np.mean(won)) if len(won) else None
    return {
        "avg_sum_reward": mean,
        "avg_max_reward": mean,
        "pc_success": None if mean is None else 100 * mean,
        "n_episodes": len(part),
        "video_paths": [path for task in tasks for path in task["metrics"]["video_paths"]],
    }
