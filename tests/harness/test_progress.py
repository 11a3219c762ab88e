"""Estimates and what is shown of them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.console.progress import Progress, duration
from harness.core.keys import AdaptKey, EpisodeKey
from harness.core.rollout import Rollout
from harness.core.schema import flat
from harness.engine.jobs import AdaptJob, DemoJob, EpisodeJob, JobResult
from harness.engine.observer import Amounts
from harness.forecast.costs import Costs, estimate_costs
from harness.forecast.plan import amounts
from harness.forecast.speeds import DECISIVE
from harness.records.demo_store import Attempt
from harness.records.journal import Journal
from harness.study.study import Study

ADAPT = AdaptKey("p", "lora", "s", (0,), 2, 5, 0)
EPISODE = EpisodeJob(EpisodeKey(ADAPT.adapt_id, "s", 0, 0, 0), ADAPT)


def test_what_was_measured_replaces_what_was_expected() -> None:
    progress = Progress(Amounts(4, 2, 10), Costs(10.0, 60.0, 5.0), workers=2, stream=io.StringIO())
    assert progress.seconds_left() == (4 * 10 + 2 * 60 + 10 * 5) / 2
    attempts = (Attempt(0, True, 9, 2.0), Attempt(1, False, 0, 2.0), Attempt(2, True, 9, 2.0))
    progress.finished(DemoJob(0, (0, 1, 2)), JobResult(value=attempts, seconds=6.0))
    assert progress.seconds_left() == (2 * 3 + 2 * 60 + 10 * 5) / 2
    progress.finished(AdaptJob(ADAPT, ()), JobResult(value={}, seconds=30.0), [(ADAPT, {})])
    for status in ("success", "failure", "error"):
        progress.scoreboard.add("lora", 0, status)
        rollout = Rollout(status, 5, 1.0)
        progress.finished(EPISODE, JobResult(value=rollout, seconds=1.0), [(EPISODE.key, rollout)])
    assert progress.seconds_left() == (2 * 3 + 1 * 30 + 7 * 1) / 2
    line = progress.line("lora: step 3/5")
    assert "demonstrations 2/4, adaptations 1/2, episodes 3/10; lora 50%; 1 error; " in line
    assert re.search(r"; \d+ episodes/h; about 0:\d\d left; lora: step 3/5$", line)


def test_without_a_terminal_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("harness.console.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    progress = Progress(Amounts(0, 0, 10), Costs(), workers=1, stream=stream)
    for _ in range(45):
        now[0] += 1.0
        progress.show()
    assert stream.getvalue().count("\n") == 2


def test_costs_are_means_at_the_speeds_of_earlier_runs(
    make_study: Callable[..., Study], tmp_path: Path
) -> None:
    study = make_study()
    assert estimate_costs(study, [tmp_path / "nothing"]).source == "typical speeds"
    (tmp_path / "study.json").write_text(json.dumps({name: flat(study)[name] for name in DECISIVE}))
    for method in study.adaptation.methods:
        row = {"status": "success", "method": method, "wall_s": 2.0, "steps": 10}
        Journal(tmp_path / "episodes.jsonl").append(row)
    Journal(tmp_path / "episodes.jsonl").append({"status": "error", "method": "lora", "wall_s": None})
    row = {"status": "done", "method": "lora", "steps": 10, "train_s": 5.0, "wall_s": 6.0, "demo_s": 6.0}
    Journal(tmp_path / "adaptations.jsonl").append(row | {"demos": 3, "tasks": [0]})
    costs = estimate_costs(study, [tmp_path])
    assert costs.demonstrations == 2.0
    assert costs.adaptations == pytest.approx(1.0 + 0.5 * study.adaptation.steps)
    assert costs.episodes == pytest.approx(2.0)
    assert estimate_costs(make_study("--batch-size=4"), [tmp_path]).source == "typical speeds"


def test_amounts_count_shared_demonstrations_once(make_study: Callable[..., Study]) -> None:
    cells = list(make_study("--seeds=0-1").cells())
    assert amounts(cells) == Amounts(2 * 2 * 4, 2 * 2 * 2, 2 * 2 * 3 * 3)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (75.4, "1:15"), (4000, "1:06:40")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
