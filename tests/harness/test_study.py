"""Keys: unique, paired between methods, the same for everyone who enumerates them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import registry
from harness.core.errors import UserError
from harness.core.ids import chosen, parse_ids, write_ids
from harness.core.keys import AdaptKey, EpisodeKey
from harness.core.rng import derive_rng
from harness.study.names import parse_methods
from harness.study.study import Study

names = st.text("abcxyz-_", min_size=1, max_size=6)
small = st.integers(0, 99)


@given(st.lists(st.tuples(small, small, small, names, st.integers(0, 4)), unique=True, max_size=30))
def test_different_episodes_have_different_ids(parts: list[tuple[int, int, int, str, int]]) -> None:
    keys = [EpisodeKey("a", "s", task, init, seed, name, level) for task, init, seed, name, level in parts]
    assert len({key.episode_id for key in keys}) == len(keys)


@given(names, names, small, small, small, names, st.integers(1, 4))
def test_methods_share_scenes_and_variations_share_twins(
    first: str, second: str, task: int, init: int, seed: int, variation: str, level: int
) -> None:
    a = EpisodeKey(first, "s", task, init, seed, variation, level)
    b = EpisodeKey(second, "s", task, init, seed, variation, level)
    assert a.scene_id == b.scene_id
    assert replace(a, variation="none", level=0).twin_id == b.twin_id


def test_ids_of_combinations_are_read_one_way() -> None:
    clean = EpisodeKey("a", "s", 1, 2, 0)
    single = EpisodeKey("a", "s", 1, 2, 0, "lighting", 2)
    both = EpisodeKey("a", "s", 1, 2, 0, "camera:1+sensor-fog:2", 2)
    other = EpisodeKey("a", "s", 1, 2, 0, "camera:2+sensor-fog:2", 2)
    assert clean.scene_id == "s.t1.i2.s0.none0"
    assert single.scene_id == "s.t1.i2.s0.lighting2"
    assert both.scene_id == "s.t1.i2.s0.camera1+sensor-fog2"
    assert other.scene_id != both.scene_id


def test_engine_and_render_are_part_of_what_a_run_is(make_study: Callable[..., Study]) -> None:
    plain, stock, exact = make_study(), make_study("--engine=reference"), make_study("--render=exact")
    assert (plain.simulation.engine, stock.simulation.engine, exact.simulation.render) == (
        "fast",
        "reference",
        "exact",
    )
    assert plain.simulation.render != "auto"
    assert plain.identity() not in (stock.identity(), exact.identity())


@given(st.lists(st.tuples(names, small), min_size=2, max_size=2, unique=True))
def test_generators_depend_on_all_parts(parts: list[tuple[str, int]]) -> None:
    first, second = (derive_rng(*part).integers(2**60, size=4) for part in parts)
    assert (first == derive_rng(*parts[0]).integers(2**60, size=4)).all()
    assert (first != second).any()


def test_adaptations_do_not_depend_on_what_is_evaluated(make_study: Callable[..., Study]) -> None:
    few = {adapt for adapt, _ in make_study("--episodes=1").cells()}
    many = {adapt for adapt, _ in make_study("--episodes=7").cells()}
    assert few == many
    assert AdaptKey("double", "frozen", "fake", (0,), 0, 0, 0) in few
    assert AdaptKey("double", "lora", "fake", (2,), 4, 5, 0) in few


@pytest.mark.parametrize("limit", range(1, 19))
def test_a_limit_keeps_methods_paired(make_study: Callable[..., Study], limit: int) -> None:
    cells = list(make_study(f"--limit={limit}").cells())
    assert len(cells) == limit
    scenes: dict[str, list[str]] = {}
    for adapt, episode in cells:
        scenes.setdefault(adapt.method, []).append(episode.scene_id)
    assert scenes["frozen"][: limit // 3] == scenes.get("lora", [])[: limit // 3]


def test_one_adaptation_for_all_tasks(make_study: Callable[..., Study]) -> None:
    study = make_study("--adapt-per=suite", "--method=lora")
    assert {adapt.tasks for adapt, _ in study.cells()} == {(0, 2)}
    assert study.identity()["task_ids"] == (0, 2)
    assert "task_ids" not in make_study().identity()


@given(st.sets(st.integers(0, 49), min_size=1))
def test_ids_survive_being_written(ids: set[int]) -> None:
    assert parse_ids(",".join(map(str, ids))) == tuple(sorted(ids)) == parse_ids(write_ids(ids))
    assert parse_ids(f"{min(ids)}-{max(ids)}") == tuple(range(min(ids), max(ids) + 1))


def test_ids_are_written_as_ranges() -> None:
    assert write_ids([5, 0, 1, 2]) == "0-2,5"
    assert parse_ids("all") == ()
    assert chosen((), 3, "task", "s") == (0, 1, 2)
    with pytest.raises(UserError, match="no task 3 in s; valid: 0 to 2"):
        chosen((1, 3), 3, "task", "s")


def test_groups_of_methods_mix_with_names() -> None:
    assert parse_methods(("all",)) == (
        *("frozen", "full", "lora", "lora-expert"),
        *("steer", "steer-random", "steer-attn", "ffn-only"),
    )
    assert parse_methods(("steer-worst", "all", "lora")) == ("steer-worst", *parse_methods(("all",)))
    table = parse_methods(("paper-table",))
    assert set(parse_methods(("all",))) < set(table) <= set(registry.names("method"))
    with pytest.raises(UserError, match="unknown method 'magic'; known: all, paper-table, action-proj-only"):
        parse_methods(("lora", "magic"))
