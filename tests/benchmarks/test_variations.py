"""Every variation: levels, what it may not be combined with, its effect on a real task, and its undoing."""

from __future__ import annotations

import gc
import weakref

import mujoco
import numpy as np
import pytest

from benchmarks.build import robots, task_text
from benchmarks.episode import effect
from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _free_space, _prompts
from benchmarks.variations._patterns import SIDE, spread, surface
from benchmarks.variations.embodiment import ARMS
from harness.core import registry
from harness.core.errors import UserError
from harness.core.keys import EpisodeKey
from harness.core.protocols import REBUILT_KEPT, Variation
from harness.core.rng import derive_rng

NAMES = [name for name in registry.names("variation") if not name.startswith("fake")]
FAMILIES = {"sensor", "dynamics", "instruction", "object-size", "object-form"}
SUITES = ["libero_spatial", "libero_object", "libero_goal", "robosuite_lift"]
WORDINGS = ("chatty", "shuffled", "blank", "synonym", "context", "referring", "wrong")
HOLD = np.array([0.2, 0.1, -0.3, 0.0, 0.1, 0.0, 1.0])


@pytest.fixture(scope="module")
def lift():
    env = registry.find("suite", "robosuite_lift").make_env(0, assets="", image_size=48, render="fast")
    yield env
    env.close()


@pytest.fixture(scope="module")
def libero():
    suite = registry.find("suite", "libero_spatial")
    env = suite.make_env(0, assets="original", image_size=48, render="fast")
    yield env
    env.close()


def episode(env, variation="none", level=0, seed=0):
    """What a policy sees first, and where a fixed motion leads."""
    env.begin(EpisodeKey("any", env.task.suite, 0, 1, seed, variation, level))
    first = env.observe()
    for _ in range(3):
        env.advance(HOLD)
    return first, env.sim.state(), env.observe()


def same(one, two):
    pictures = [
        (a.images["agentview"], b.images["agentview"]) for a, b in zip(one[::2], two[::2], strict=True)
    ]
    pictures += [(a.images["wrist"], b.images["wrist"]) for a, b in zip(one[::2], two[::2], strict=True)]
    return (
        np.array_equal(one[1], two[1])
        and all(np.array_equal(*pair) for pair in pictures)
        and one[0].instruction == two[0].instruction
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_variation_says_what_it_is(name):
    found = registry.find("variation", name)
    assert isinstance(found, Variation)
    steps = np.diff(found.quantities)
    assert (steps > 0).all() or (steps < 0).all(), "levels are monotone in the quantity"
    assert found.unit
    assert found.changes in {"state", "pixels", "prompt", "physics"}
    assert found.expects in {"success", "failure"}
    assert set(found.groups) <= {"paper", "libero-plus", "libero-pro", *FAMILIES}


def check_all(env):
    clean = episode(env)
    assert same(clean, episode(env)), "the clean episode repeats itself"
    checked = []
    for name in NAMES:
        found = registry.find("variation", name)
        if found.refusal(env.task):
            continue
        checked.append(name)
        varied = episode(env, name, len(found.quantities) - 1)
        assert env.facts["changed"] > 0
        assert env.facts["quantity"] == found.quantities[-1]
        assert same(varied, episode(env, name, len(found.quantities) - 1)), f"{name} repeats itself"
        assert same(clean, episode(env)), f"clean after {name} is clean bit for bit"
        assert env.facts == {}
        assert same(clean, episode(env, name, 0)), f"level 0 of {name} is clean"
    return checked


def test_varied_then_clean_is_clean_bit_for_bit(lift):
    refused = {"layout-swap", "object-category", "object-color"}  # Lift has one object, called red
    refused.add("instruction-released")  # nobody published another one
    assert set(check_all(lift)) == set(NAMES) - refused


def test_things_beside_lifts_cube_are_robosuites_and_leave_its_goal_alone(lift):
    lift.begin(EpisodeKey("any", "robosuite_lift", 0, 1, 0, "distractors", 2))
    things = scene_objects.movables(lift.sim)
    assert set(things) == {"cube", *(f"distractor_{number}" for number in range(1, 7))}
    assert scene_objects.goal_objects(lift.sim) == ["cube"]
    assert not lift.sim.success()
    things["distractor_1"].position(lift.sim)[2] += 0.2
    mujoco.mj_forward(lift.sim.model, lift.sim.data)
    assert not lift.sim.success(), "another thing was lifted"
    things["cube"].position(lift.sim)[2] += 0.2
    mujoco.mj_forward(lift.sim.model, lift.sim.data)
    assert lift.sim.success()


def test_an_object_that_robosuite_lacks_is_named():
    from benchmarks.build.robosuite_task import build_object

    with pytest.raises(UserError, match="sofa"):
        build_object("sofa", "distractor_1")


@pytest.mark.slow
def test_varied_then_clean_on_libero(libero):
    expected = {"embodiment", "distractors", "object-larger", "object-flatter", "layout-yaw"}
    assert expected <= set(check_all(libero))


@pytest.mark.slow
def test_what_a_variation_moves_stays_upright():
    """Official states of libero_goal begin 7 cm over the table, and things fall onto what is below them."""
    env = registry.find("suite", "libero_goal").make_env(0, assets="original", image_size=48, render="fast")

    def upwards(init, name="none", level=0):
        env.begin(EpisodeKey("any", "libero_goal", 0, init, 0, name, level))
        things = scene_objects.movables(env.sim).items()
        return {thing: env.sim.data.xmat[item.body].reshape(3, 3)[2].copy() for thing, item in things}

    for init in range(3):
        clean = upwards(init)
        for name, level in [("layout", 2), ("layout", 3), ("layout", 4), ("layout-swap", 3)]:
            varied = upwards(init, name, level)
            assert all(varied[thing] @ clean[thing] > 0.99 for thing in clean), (
                f"{name}:{level}, state {init}"
            )
    env.close()


@pytest.mark.slow
def test_swapped_objects_stand_in_each_others_places():
    env = registry.find("suite", "libero_object").make_env(0, assets="original", image_size=48, render="fast")
    places = {}
    for level in (0, 1):
        env.begin(EpisodeKey("any", "libero_object", 0, 1, 0, "layout-swap", level))
        things = scene_objects.movables(env.sim)
        places[level] = {name: item.position(env.sim)[:2].copy() for name, item in things.items()}
    one, two = env.facts["detail"].split(" with ")
    env.close()
    assert "alphabet_soup_1" in (one, two), "what the task moves goes first"
    assert np.linalg.norm(places[0][one] - places[1][two]) < 0.01
    assert np.linalg.norm(places[0][two] - places[1][one]) < 0.01


def test_a_model_that_makes_room_is_freed_at_once(lift):
    gc.disable()
    try:
        episode(lift, "object-larger", 1)
        made = weakref.ref(lift.sim.env)
        for level in range(2, 2 + REBUILT_KEPT):
            assert made() is not None, "kept as long as there is room"
            episode(lift, "object-larger", level)
        assert made() is None
    finally:
        gc.enable()


def test_seeds_draw_other_variations(lift):
    assert not same(episode(lift, "layout", 4), episode(lift, "layout", 4, seed=1))


def test_combined_variations_are_both_there(lift):
    episode(lift, "lighting-direction:2+robot-start:1", 2)
    facts = lift.facts
    assert "about an axis" in facts["detail"]
    assert "offset" in facts["detail"]
    assert facts["changed"] > 0


def test_a_variation_that_changes_nothing_is_an_error_and_never_a_failure(lift, monkeypatch):
    monkeypatch.setattr(type(registry.find("variation", "layout")), "apply", lambda *given: "")
    with pytest.raises(RuntimeError, match="layout at level 3 changed nothing"):
        lift.begin(EpisodeKey("any", "robosuite_lift", 0, 1, 0, "layout", 3))


def test_the_target_moves_in_mid_episode_and_by_what_was_said(lift):
    lift.begin(EpisodeKey("any", "robosuite_lift", 0, 1, 0, "moving-target", 4))
    cube = lift.sim.env.cube_body_id
    start = lift.sim.data.xpos[cube].copy()
    for step in range(25):
        if step == 10:
            assert np.linalg.norm(lift.sim.data.xpos[cube] - start) < 0.005
        lift.advance(np.zeros(7))
    assert np.linalg.norm((lift.sim.data.xpos[cube] - start)[:2]) == pytest.approx(0.10, abs=0.01)


def test_what_stands_in_the_way_of_the_camera_is_noticed(lift):
    episode(lift)
    (cube,) = scene_objects.movables(lift.sim).values()
    eye = lift.sim.data.cam_xpos[lift.sim.model.camera("agentview").id]
    assert scene_objects.table_height(lift.sim) == pytest.approx(lift.sim.env.table_offset[2])
    assert _free_space.is_in_view(lift.sim, cube)
    assert _free_space.is_visible(lift.sim, cube, eye)
    assert not _free_space.is_visible(lift.sim, cube, eye * [1, 1, -1]), "the table is in between"
    cube.position(lift.sim)[1] += 2
    assert not _free_space.is_in_view(lift.sim, cube)


def test_an_arm_that_cannot_reach_says_by_how_much(lift, monkeypatch):
    monkeypatch.setattr(robots, "SEEDS", 2)
    lift.begin(EpisodeKey("any", "robosuite_lift", 0, 1, 0, "embodiment", 2))
    position, turn = robots.start_pose(lift._own)
    model, robot = lift.sim.model, lift.sim.env.robots[0]
    with pytest.raises(
        UserError, match=r"^UR5e cannot reach the start pose: \d\d\d?\.\d cm and \d+\.\d degrees"
    ) as e:
        robots.start_joints(model, mujoco.MjData(model), robot, position + [2.0, 0.0, 0.0], turn)
    assert "\n" not in str(e.value)
    episode(lift)


def test_mass_and_what_follows_from_it_are_scaled(lift):
    model, cube = lift.sim.model, lift.sim.env.cube_body_id
    lift.begin(EpisodeKey("any", "robosuite_lift", 0, 1, 0))
    mass = model.body_mass[cube]
    lift.begin(EpisodeKey("any", "robosuite_lift", 0, 1, 0, "object-mass", 4))
    assert model.body_mass[cube] / mass == pytest.approx(2.0)
    assert model.body_subtreemass[cube] == pytest.approx(model.body_mass[cube])


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("sensor-")])
def test_bad_pictures_get_worse_and_are_seeded(name):
    found = registry.find("variation", name)
    image = derive_rng("image").integers(0, 256, (8, 8, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)

    def disturbed(amount, frame="frame"):
        return found.disturbed(image, amount, derive_rng(frame), derive_rng("lens"))

    changes = [np.abs(disturbed(amount).astype(int) - image).mean() for amount in found.quantities[1:]]
    middle = found.quantities[2]
    assert disturbed(middle).shape == image.shape
    assert disturbed(middle).dtype == np.uint8
    assert np.array_equal(disturbed(middle), disturbed(middle))
    assert np.array_equal(disturbed(middle), disturbed(middle, "next frame")) == (name != "sensor-noise")
    assert changes[0] > 0
    assert changes == sorted(changes)


def test_patterns_fill_every_texture():
    for number in range(10):
        _, tile = surface(derive_rng("pattern", number))
        assert tile.shape == (SIDE, SIDE, 3)
        assert tile.std() > 3
        assert spread(tile, 96, 16).shape == (96, 16, 3)
        assert spread(tile, 700, 1024).shape == (700, 1024, 3)


@pytest.mark.parametrize("suite", [*SUITES, "libero_10"])
def test_every_task_has_instructions_of_every_kind(suite):
    for task in registry.find("suite", suite).tasks:
        row = _prompts.table()[task.instruction]
        texts = [row[kind] for kind in ("instruction", "synonym", "context", "referring", "wrong")]
        assert all(text == " ".join(text.lower().split()) and text for text in texts)
        assert len(set(texts)) == 5
        assert task.instruction in row["context"]


def test_wrong_requests_name_what_is_there_and_not_what_is_moved():
    for suite in ("libero_spatial", "libero_object"):
        for task in registry.find("suite", suite).tasks:
            wrong = _prompts.table()[task.instruction]["wrong"]
            named = wrong.removeprefix("pick up the ").partition(" and ")[0].replace("cookie box", "cookies")
            kinds = task_text.categories(task)
            assert any(kind.endswith(named.replace(" ", "_")) for kind in kinds), wrong
            assert named.replace(" ", "_") not in task_text.moved_object(task)


def test_wording_by_rule_needs_no_table():
    task = registry.find("suite", "libero_90").tasks[0]
    refused = {name: registry.find("variation", f"instruction-{name}").refusal(task) for name in WORDINGS}
    assert {name for name, why in refused.items() if why} == {"synonym", "context", "referring", "wrong"}


def test_shuffled_words_are_the_same_words():
    text = "put the bowl on the plate"
    for number in range(20):
        other = _prompts.shuffled(text, 0.25, derive_rng("shuffle", number))
        assert sorted(other.split()) == sorted(text.split())
        assert effect.words_changed(text, other) <= 2 / 6 + 1e-9


def test_what_an_edit_changes_it_puts_back():
    class Sim:
        class model:
            light_pos = np.ones((2, 3))

        def state(self):
            return np.zeros(3)

    edit = Edit(Sim(), registry.find("suite", "fake").tasks[0])
    edit.array("light_pos")[0] = 3.0
    edit.array("light_pos")[1] = 4.0
    assert effect.snapshot(edit).relative_change == 3.0
    edit.undo()
    assert (Sim.model.light_pos == 1.0).all()


def test_refusals_name_the_reason():
    lift, drawer = (
        registry.find("suite", "robosuite_lift").tasks[0],
        registry.find("suite", "libero_goal").tasks[0],
    )
    fake = registry.find("suite", "fake").tasks[0]
    assert "not simulated by MuJoCo" in registry.find("variation", "embodiment").refusal(fake)
    assert "has the role of cube" in registry.find("variation", "object-category").refusal(lift)
    assert "red" in registry.find("variation", "object-color").refusal(lift)
    assert "furniture" in registry.find("variation", "moving-target").refusal(drawer)
    assert "moves no object" in registry.find("variation", "object-larger").refusal(drawer)


def test_another_kind_has_the_same_role_and_takes_turns():
    found, task = registry.find("variation", "object-category"), registry.find("suite", "libero_object").tasks
    fields = [found.rebuild(1, task[6], seed)["category"] for seed in range(4)]
    assert {name for name, _ in fields} == {"butter_1"}
    assert {kind for _, kind in fields} == {"cookies", "cream_cheese"}
    plate = next(each for each in registry.find("suite", "libero_goal").tasks if "push" in each.instruction)
    assert "no object that its scene lacks has the role of plate" in found.refusal(plate)


def test_another_kind_is_never_one_that_stands_in_the_scene_already():
    found = registry.find("variation", "object-category")
    spatial, groceries = (registry.find("suite", name).tasks for name in ("libero_spatial", "libero_object"))
    assert all("its scene lacks" in found.refusal(task) for task in spatial)  # the ramekin is a landmark
    for task in groceries:
        assert not found.refusal(task)
        assert not {found.rebuild(1, task, seed)["category"][1] for seed in range(4)} & {
            *task_text.categories(task)
        }


def test_places_are_not_swapped_where_the_instruction_names_them():
    found, spatial = registry.find("variation", "layout-swap"), registry.find("suite", "libero_spatial").tasks
    assert "no longer be true" in found.refusal(spatial[0])  # between the plate and the ramekin
    assert not found.refusal(registry.find("suite", "libero_goal").tasks[4])


def test_an_unknown_arm_or_object_is_refused():
    from benchmarks.assets.libero_setup import import_libero
    from benchmarks.build.libero_rebuild import with_extras

    with pytest.raises(UserError, match=r"unknown arm 'Baxter'; known: Panda, Sawyer"):
        robots.register("Baxter")
    file = registry.find("suite", "libero_spatial").task_file(0)
    import_libero()
    with pytest.raises(UserError, match="no object 'unicorn' in LIBERO"):
        with_extras(file, "main_table", ("unicorn",))


@pytest.mark.parametrize(
    "arm", [pytest.param(arm, marks=pytest.mark.slow if number else ()) for number, arm in enumerate(ARMS)]
)
def test_every_arm_starts_free_where_the_panda_starts_and_turns_its_first_joint(libero, arm):
    seed = list(ARMS).index(arm)
    libero.begin(EpisodeKey("any", "libero_spatial", 0, 0, seed))
    panda = libero.sim.eef_pos
    libero.begin(EpisodeKey("any", "libero_spatial", 0, 0, seed, "embodiment", 2))
    sim = libero.sim
    assert libero.facts["detail"] == f"robot {arm}"
    assert np.linalg.norm(sim.eef_pos - panda) < 0.02
    root = scene_objects.robot_root(sim)
    assert not [pair for pair in scene_objects.touching(sim) if root in pair]
    first = sim.data.qpos[sim.controller.qpos_index[0]]
    for _ in range(15):
        libero.advance(np.array([0.0, 0.8, 0.0, 0.0, 0.0, 0.0, -1.0]))
    assert abs(sim.data.qpos[sim.controller.qpos_index[0]] - first) > 0.03
    assert sim.proprioception().shape == (8,)
