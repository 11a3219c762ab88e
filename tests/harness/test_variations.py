"""What `--variations` understands, and a study with a fake variation from end to end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core import registry, variation_grammar
from harness.core.errors import UserError
from harness.core.keys import UNSEEN, EpisodeKey
from harness.engine.driver import Driver
from harness.engine.observer import Unobserved
from harness.records.run_directory import RunDirectory
from harness.study.study import Study

FAKE = registry.find("suite", "fake").tasks
SPATIAL = registry.find("suite", "libero_spatial").tasks


def settings(text: str, tasks: Any = SPATIAL) -> tuple[str, ...]:
    return variation_grammar.parse(text, tasks)[0]


def test_lists_ranges_and_combinations() -> None:
    assert settings("lighting:1-3,distractors:2") == (
        "lighting:1",
        "lighting:2",
        "lighting:3",
        "distractors:2",
    )
    assert settings("lighting") == ("lighting:2", "lighting:4")
    assert settings("camera:1+sensor-fog:2") == ("camera:1+sensor-fog:2",)
    assert settings("lighting:2,lighting:1-2") == ("lighting:2", "lighting:1")


def test_groups_are_what_variations_say_of_themselves() -> None:
    assert {name.partition(":")[0] for name in settings("paper")} == {
        "lighting",
        "object-flatter",
        "object-taller",
        "distractors",
    }
    assert settings("object-size:4") == ("object-larger:4", "object-smaller:4")
    everything = {name.partition(":")[0] for name in settings("all:1")}
    # Another bowl stands in the scene already; only LIBERO-Plus has a second instruction.
    refused = {"object-category", "instruction-released"}
    assert everything | refused == {n for n in registry.names("variation") if not n.startswith("fake")}
    assert settings("libero-pro:3", SPATIAL[:5]) == settings("libero-pro:3-3", SPATIAL[:5])
    assert "instruction-wrong:1" in settings("libero-pro:3", SPATIAL[:5]), "its strongest where it has fewer"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fog", "unknown variation 'fog'; known: .*lighting.*paper"),
        ("lighting:5", "no level '5' of lighting; levels: 0 to 4"),
        ("lighting:3-2", "no level '3-2' of lighting"),
        ("lighting:", None),
        ("lighting:1+lighting:2", "lighting contradicts itself"),
        (
            "instruction-synonym:1+instruction-blank:1",
            "contradicts instruction-synonym, which decides the prompt",
        ),
        ("lighting:1-2+camera:1", "give one level for lighting"),
        ("", "--variations has an empty place; known: .*lighting"),
        ("lighting,", "--variations has an empty place"),
        ("paper:9", "no level '9' of paper; levels: 0 to 4"),
        ("paper:3-1", "no level '3-1' of paper"),
        ("lighting:2+paper:1", "paper stands for distractors, lighting, .*; combine them one by one"),
        ("fake-shift:1", "only the fake suite"),
    ],
)
def test_bad_input_is_one_line(text: str, complaint: str | None) -> None:
    if complaint is None:
        assert settings(text) == ("lighting:2", "lighting:4")
        return
    with pytest.raises(UserError, match=complaint) as caught:
        settings(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suite", ["fake", "fake_pretrain"])
@pytest.mark.parametrize("name", [n for n in registry.names("variation") if not n.startswith("fake")])
def test_a_suite_without_a_simulator_refuses_what_needs_one(name: str, suite: str) -> None:
    with pytest.raises(UserError, match=f"--variations {name}: .*; leave it out or choose other tasks"):
        settings(name, registry.find("suite", suite).tasks)


def test_keys_know_their_parts_and_their_twin() -> None:
    clean = EpisodeKey("a", "fake", 1, 2, 3)
    varied = EpisodeKey("a", "fake", 1, 2, 3, *variation_grammar.split("lighting:2+camera:4"))
    assert clean.parts == ()
    assert varied.parts == (("lighting", 2), ("camera", 4))
    assert varied.level == 4
    assert varied.twin_id == clean.twin_id
    assert varied.scene_id != clean.scene_id


def test_every_varied_episode_has_its_clean_twin(make_study: Callable[..., Study]) -> None:
    study = make_study("--variations=fake-shift:1-2", "--method=frozen,lora")
    keys = [key for _, key in study.cells()]
    twins = {(key.adapt_id, key.twin_id) for key in keys if not key.parts}
    assert twins == {(key.adapt_id, key.twin_id) for key in keys if key.parts}
    assert Counter((key.variation, key.level) for key in keys) == {
        ("none", 0): 12,
        ("fake-shift", 1): 12,
        ("fake-shift", 2): 12,
    }


def test_an_unseen_task_is_rolled_out_with_another_task_s_adaptation(
    make_study: Callable[..., Study],
) -> None:
    study = make_study("--unseen-tasks=1", "--method=lora")
    cells = list(study.cells())
    for adapt, key in cells:
        assert not key.parts, "the scene is clean"
        assert (adapt.tasks == (key.task_id,)) == (key.variation != UNSEEN)
    assert Counter(key.condition for _, key in cells) == {"none0": 6, "unseen-task1": 6}
    with pytest.raises(UserError, match="--unseen-tasks 2 needs 3 tasks, 2 are asked for"):
        make_study("--unseen-tasks=2")
    with pytest.raises(UserError, match="no task is unseen"):
        make_study("--unseen-tasks=1", "--adapt-per=suite")


def test_a_varied_study_from_end_to_end(
    tmp_path: Path, make_study: Callable[..., Study], store: Any, local_pool: Any
) -> None:
    study = make_study("--variations=fake-shift:0,fake-shift:4", "--method=frozen,lora")
    directory = RunDirectory(tmp_path / "run", study, dict)
    Driver(study, directory, store, 2).drive(local_pool(study, directory.path, store), Unobserved())
    rows = [json.loads(line) for line in (directory.path / "episodes.jsonl").read_text().splitlines()]
    assert Counter((row["variation"], row["level"]) for row in rows) == {
        ("none", 0): 12,
        ("fake-shift", 0): 12,
        ("fake-shift", 4): 12,
    }
    assert {row["status"] for row in rows} <= {"success", "failure"}
    for row in rows:
        if row["level"]:
            assert 0 < row["changed"] <= row["quantity"] == 0.2
            assert row["unit"] == "plane widths"
            assert row["detail"].startswith("towards")
        elif row["variation"] != "none":
            assert row["changed"] == 0
            clean = next(r for r in rows if r["variation"] == "none" and r["twin_id"] == row["twin_id"])
            assert clean["steps"] > 0
        else:
            assert row["quantity"] is None
    directory.close()
