"""Grasps, places, pushes and drawers planned on small scenes whose right answer is plain to see."""

from types import SimpleNamespace

import mujoco
import numpy as np
import pytest

from benchmarks.experts import (
    clear_space,
    compartment,
    door,
    drawer,
    grasps,
    insert,
    panda_gripper,
    place,
    planner,
    push,
)
from benchmarks.experts.scene import Scene

HOME_YAW = np.pi / 2


class FakeSim:
    """As much of a Simulation as planning looks at; the hand is wherever a test puts it."""

    def __init__(self, bodies, regions=None, hand_at=(0.0, 0.0, 0.5)):
        xml = f"""
        <mujoco><worldbody>
          <geom type="plane" size="2 2 0.1"/>
          <body name="robot" pos="-0.6 0 0"><geom type="box" size="0.05 0.05 0.05"/></body>
          {bodies}
        </worldbody></mujoco>"""
        self.model = mujoco.MjModel.from_xml_string(xml)
        self.data = mujoco.MjData(self.model)
        mujoco.mj_forward(self.model, self.data)
        names = [self.model.body(number).name for number in range(1, self.model.nbody)]
        self.env = SimpleNamespace(
            robots=[SimpleNamespace(robot_model=SimpleNamespace(root_body="robot"))],
            obj_body_id={name: self.model.body(name).id for name in names},
            object_sites_dict=regions or {},
        )
        self.eef_pos, self.eef_mat = np.array(hand_at), panda_gripper.level(HOME_YAW)
        self.gripper_qpos = np.array([0.01, -0.01])


def box(name, position, size):
    return (
        f'<body name="{name}" pos="{" ".join(map(str, position))}">'
        f'<geom type="box" size="{" ".join(map(str, size))}"/></body>'
    )


def ring(name, position, radius, height, sides=24):
    """A bowl: thin upright walls on a floor plate."""
    walls = ""
    for angle in np.arange(sides) * 2 * np.pi / sides:
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        half = np.pi * radius / sides + 0.001
        walls += (
            f'<geom type="box" size="0.003 {half} {height / 2}" pos="{x} {y} {height / 2}" '
            f'euler="0 0 {np.degrees(angle)}"/>'
        )
    floor = f'<geom type="cylinder" size="{radius} 0.003" pos="0 0 0.003"/>'
    return f'<body name="{name}" pos="{" ".join(map(str, position))}">{walls}{floor}</body>'


def plan(scene, name):
    return grasps.plan(scene, name, HOME_YAW, np.random.default_rng(0))


def test_a_brick_is_taken_across_its_narrow_side():
    scene = Scene(FakeSim(box("brick", (0, 0, 0.03), (0.08, 0.02, 0.03))))
    best = plan(scene, "brick")[0]
    assert abs(np.cos(best.yaw)) < 0.2
    assert best.position[:2] == pytest.approx([0, 0], abs=0.01)
    assert best.width == pytest.approx(0.04, abs=0.009)
    assert grasps.CLEARANCE <= best.position[2] - panda_gripper.TIP < 0.05


def test_a_bowl_is_taken_by_its_rim():
    scene = Scene(FakeSim(ring("bowl", (0, 0, 0), radius=0.06, height=0.05)))
    best = plan(scene, "bowl")[0]
    assert np.linalg.norm(best.position[:2]) == pytest.approx(0.06, abs=0.008)
    assert best.width < 0.025
    along_finger = np.array([np.cos(best.yaw), np.sin(best.yaw)])
    radial = best.position[:2] / np.linalg.norm(best.position[:2])
    assert abs(along_finger @ radial) > 0.9


def test_what_is_wider_than_the_gripper_cannot_be_grasped():
    drum = '<body name="drum" pos="0 0 0.05"><geom type="cylinder" size="0.06 0.05"/></body>'
    assert plan(Scene(FakeSim(drum)), "drum") == []


def test_corners_are_a_last_resort():
    block = plan(Scene(FakeSim(box("block", (0, 0, 0.05), (0.05, 0.05, 0.05)))), "block")
    brick = plan(Scene(FakeSim(box("brick", (0, 0, 0.05), (0.05, 0.03, 0.05)))), "brick")
    assert all(grasp.cost > brick[0].cost + 0.1 for grasp in block)


def test_fingers_keep_out_of_a_neighbour():
    brick = box("brick", (0, 0, 0.03), (0.02, 0.02, 0.03))
    wall = box("wall", (0, 0.045, 0.1), (0.2, 0.01, 0.1))
    open_yaw = plan(Scene(FakeSim(brick)), "brick")[0].yaw
    assert abs(np.sin(open_yaw)) > 0.9  # the easy yaw, if nothing is in the way
    for grasp in plan(Scene(FakeSim(brick + wall)), "brick"):
        assert grasp.position[2] > 0.2 - panda_gripper.PALM_DROP or abs(np.sin(grasp.yaw)) < 0.5


def test_a_bottle_is_held_no_deeper_than_the_palm_allows():
    scene = Scene(FakeSim(box("bottle", (0, 0, 0.12), (0.015, 0.015, 0.12))))
    best = plan(scene, "bottle")[0]
    assert best.position[2] - panda_gripper.TIP >= 0.24 - panda_gripper.PALM_DROP


def test_a_held_brick_is_set_down_on_the_goal_just_above_the_support():
    held_brick = box("brick", (0.3, 0.2, 0.40), (0.02, 0.02, 0.03))
    shelf = box("shelf", (0, 0, 0.05), (0.1, 0.1, 0.05))
    scene = Scene(FakeSim(held_brick + shelf, hand_at=(0.3, 0.2, 0.42)))
    held = place.Held.measure(scene, "brick")
    spot = place.plan(scene, "brick", held, np.zeros(2), np.zeros(2), HOME_YAW)
    grip = spot.grip(held)
    assert grip[:2] == pytest.approx([0, 0], abs=0.005)
    assert grip[2] == pytest.approx(0.10 + place.RELEASE + 0.03 + 0.02, abs=0.002)


def test_an_occupied_goal_is_avoided_within_the_slack():
    held_brick = box("brick", (0.3, 0.2, 0.40), (0.02, 0.02, 0.03))
    taken = box("taken", (0, 0, 0.03), (0.02, 0.02, 0.03))
    scene = Scene(FakeSim(held_brick + taken, hand_at=(0.3, 0.2, 0.42)))
    held = place.Held.measure(scene, "brick")
    strict = place.plan(scene, "brick", held, np.zeros(2), np.zeros(2), HOME_YAW)
    loose = place.plan(scene, "brick", held, np.zeros(2), np.full(2, 0.09), HOME_YAW)
    assert strict.height == pytest.approx(0.06 + place.RELEASE + 0.05, abs=0.002)
    assert loose.height < strict.height - 0.04
    assert np.linalg.norm(loose.goal) > 0.04


def test_what_is_covered_is_drawn_out_the_short_way():
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41), [0.0]), axis=-1).reshape(
        -1, 3
    )
    bowl, roof = 0.05 * grid, [0.2, 0.1, 0] * grid + [0, 0.12, 0.2]
    shift = clear_space.shift_from_under(bowl, roof)
    assert shift[1] == pytest.approx(-0.04, abs=0.011)
    assert shift[0] == 0
    assert not clear_space.shift_from_under(bowl, roof + [0, 0.1, 0]).any()


def region(size, position, joints=(), body="table"):
    site = f'<site name="spot" type="box" size="{size}" pos="{position}"/>'
    return site, {"spot": SimpleNamespace(parent_name=body, joints=list(joints))}


def test_only_flat_wide_things_are_pushed_and_only_over_the_table():
    site, regions = region("0.04 0.04 0.01", "0.2 0.2 0")
    bodies = ring("plate", (0, 0, 0), 0.08, 0.02) + box("can", (0.3, 0, 0.05), (0.03, 0.03, 0.05))
    scene = Scene(FakeSim(bodies + site, regions))
    assert push.is_pushed(scene, "plate", "spot")
    assert not push.is_pushed(scene, "can", "spot")
    assert not push.is_pushed(scene, "plate", "can")


def test_a_plate_is_pushed_from_behind():
    site, regions = region("0.04 0.04 0.01", "0.3 0 0")
    scene = Scene(FakeSim(ring("plate", (0, 0, 0), 0.06, 0.018) + site, regions))
    best = push.edge_grasps(scene, "plate", "spot", HOME_YAW, np.random.default_rng(0))[0]
    assert best.position[0] < -0.04
    assert abs(best.position[1]) < 0.04
    assert not push.arrived(scene, "plate", "spot")


CHEST = """
<body name="chest" pos="0 0 0.1"><geom type="box" size="0.1 0.1 0.1"/>
  <body name="tray">
    <joint name="slide" type="slide" axis="0 1 0" range="-0.16 0.01"/>
    <geom type="box" size="0.08 0.08 0.02" pos="0 -0.03 0"/>
    <geom type="box" size="0.04 0.008 0.008" pos="0 -0.14 0"/>
    <site name="spot" type="box" size="0.08 0.08 0.02"/>
  </body>
</body>"""


def test_a_drawer_is_found_from_its_region_with_handle_and_direction():
    regions = {"spot": SimpleNamespace(parent_name="chest", joints=["slide"])}
    scene = Scene(FakeSim(CHEST, regions))
    found = drawer.Drawer.find(scene, "spot")
    assert found.outward == pytest.approx([0, -1, 0])
    assert found.handle == pytest.approx([0, -0.14, 0.1], abs=0.002)
    assert found.travel(scene) == 0
    assert planner.is_shut(scene, "spot")
    scene.data.qpos[0] = -0.15
    mujoco.mj_forward(scene.model, scene.data)
    assert not planner.is_shut(scene, "spot")
    assert drawer.Drawer.find(scene, "spot").remaining(scene) == pytest.approx(0.01)


@pytest.mark.parametrize(("pitch", "roll"), [(0.0, 0.0), (0.3, 0.0), (0.5, 1.0)])
def test_the_hand_faces_the_drawer(pitch, roll):
    turn = drawer.facing(np.array([0.0, 1.0, 0.0]), pitch, roll)
    assert np.linalg.det(turn) == pytest.approx(1)
    assert turn.T @ turn == pytest.approx(np.eye(3))
    assert turn[:, 2] == pytest.approx([0, np.cos(pitch), -np.sin(pitch)])
    if roll == 0:
        assert turn[0, 0] == pytest.approx(0)  # fingers above each other


SHELF = """
<body name="shelf" pos="0 0.4 0.1">
  <geom type="box" size="0.15 0.1 0.004"/>
  <geom type="box" size="0.15 0.1 0.004" pos="0 0 0.14"/>
  <geom type="box" size="0.15 0.004 0.07" pos="0 0.1 0.07"/>
  <geom type="box" size="0.004 0.1 0.07" pos="0.15 0 0.07"/>
  <geom type="box" size="0.004 0.1 0.07" pos="-0.15 0 0.07"/>
  <site name="inside" type="box" pos="0 0 0.07" size="0.14 0.09 0.06"/>
  <site name="roof" type="box" pos="0 0 0.2" size="0.14 0.09 0.05"/>
</body>"""


def shelf_scene(book=""):
    regions = {name: SimpleNamespace(parent_name="shelf") for name in ("inside", "roof")}
    return Scene(FakeSim(SHELF + book, regions))


def test_a_shelf_is_open_at_the_front_and_its_roof_is_no_compartment():
    scene = shelf_scene()
    assert compartment.is_covered(scene, "inside")
    assert not compartment.is_covered(scene, "roof")
    room = compartment.Compartment.find(scene, "inside")
    np.testing.assert_allclose(room.into, [0, 1, 0])
    np.testing.assert_allclose(room.mouth[:2], [0, 0.31], atol=1e-6)
    np.testing.assert_allclose([room.floor, room.roof], [0.104, 0.236], atol=0.002)
    assert not room.level_outside


def test_a_standing_book_fits_in_a_shelf_only_with_a_tilted_hand():
    scene = shelf_scene(box("book", (0, 0, 0.07), (0.04, 0.012, 0.065)))
    room = compartment.Compartment.find(scene, "inside")
    load = insert.Load.at(scene, "book", np.array([0, 0, 0.11]), panda_gripper.level(np.pi / 2))
    fits = {
        pitch: insert.fitted(load, drawer.facing(room.into, np.deg2rad(pitch), np.pi / 2), room, 0.0, 0.03)
        for pitch in (90, 0)
    }
    assert fits[90] is None
    way = fits[0]
    assert way is not None
    np.testing.assert_allclose((way.end - way.before) / np.linalg.norm(way.end - way.before), room.into)
    origin = way.end + way.rotation @ load.origin
    assert origin[1] >= room.mouth[1] + 0.03 - 1e-9


def test_two_objects_on_one_region_stand_beside_each_other():
    regions = {"inside": SimpleNamespace(parent_name="shelf")}
    sim = FakeSim(SHELF, regions)
    sim.goal = [["on", "a", "inside"], ["on", "b", "inside"]]
    offsets = [planner.shared_offset(Scene(sim), name, "inside") for name in "ab"]
    np.testing.assert_allclose(offsets, [[0, planner.APART], [0, -planner.APART]])
    sim.goal = sim.goal[:1]
    assert not planner.shared_offset(Scene(sim), "a", "inside").any()


def test_what_is_put_in_a_drawer_comes_before_the_drawer_is_shut_and_opens_it():
    put_in = ["in", "bowl_1", "cabinet_1_top_region"]
    shut_bottom = ["close", "cabinet_1_bottom_region"]
    for last in (["open", "cabinet_1_top_region"], ["close", "cabinet_1_top_region"]):
        assert planner.in_order([last, shut_bottom, put_in]) == [shut_bottom, put_in, last]


def test_a_grasp_in_vain_is_not_repeated_with_the_fingers_in_each_others_place():
    towards = np.array([0.0, 1.0, 0.0])
    grasp, flipped, tilted = (
        drawer.HandleGrasp(drawer.facing(towards, pitch, roll), 0.038)
        for pitch, roll in ((0.2, 0.0), (0.2, np.pi), (0.4, 0.0))
    )
    assert flipped.is_like(grasp)
    assert not tilted.is_like(grasp)
    assert not drawer.HandleGrasp(grasp.rotation, 0.02).is_like(grasp)


def slot(yaw, gap, at=(0.2, 0.1)):
    """Two walls, 14 cm high, with `gap` m between them and their faces across `yaw` rad."""
    walls = "".join(
        f'<geom type="box" size="0.005 0.1 0.07" pos="{side * (gap / 2 + 0.005)} 0 0.07"/>'
        for side in (-1, 1)
    )
    return f'<body name="slot" pos="{at[0]} {at[1]} 0" euler="0 0 {np.degrees(yaw)}">{walls}</body>'


@pytest.mark.parametrize(("yaw", "shift"), [(0.13, 0.0), (-0.1, 0.006), (0.0, 0.01)])
def test_what_is_put_between_close_walls_is_turned_parallel_to_them_and_put_in_their_middle(yaw, shift):
    middle = np.array([0.2, 0.1]) + shift * np.array([np.cos(yaw), np.sin(yaw)])
    sim = FakeSim(slot(yaw, 0.06, middle) + box("book", (0, 0, 0.42), (0.015, 0.06, 0.08)))
    scene = Scene(sim)
    held = place.Held.measure(scene, "book")
    spot = place.plan(scene, "book", held, np.array([0.2, 0.1]), np.full(2, 0.03), HOME_YAW)
    assert abs(np.sin(spot.yaw - HOME_YAW - yaw)) < np.deg2rad(4)
    across = (spot.goal - middle) @ [np.cos(yaw), np.sin(yaw)]
    assert abs(across) < 0.005


def test_a_door_is_found_with_its_hinge_faces_and_handle():
    joint = '<joint name="hinge" type="hinge" axis="0 0 1" pos="0.1 0 0" range="-2 0"/>'
    handle = '<geom type="box" size="0.01 0.01 0.05" pos="-0.08 0.05 0.1"/>'
    panel = '<geom type="box" size="0.1 0.012 0.1" pos="0 0 0.1"/>'
    sim = FakeSim(f'<body name="oven"><body name="panel" pos="0 -0.2 0">{joint}{panel}{handle}</body></body>')
    sim.env.get_object = lambda name: SimpleNamespace(joints=["hinge"])
    scene = Scene(sim)
    found = door.Door.find(scene, "oven")
    assert found.anchor == pytest.approx([0.1, -0.2, 0])
    assert found.outward == pytest.approx([-1, 0, 0])
    assert found.normal == pytest.approx([0, 1, 0])
    handle_points = found.points[found.handle()]
    assert handle_points.min(axis=0) == pytest.approx([-0.09, -0.16, 0.05], abs=1e-6)
    assert found.contact(inner=True) == pytest.approx([-0.07, -0.212, 0.17])
    sim.data.qpos[0] = -0.6
    mujoco.mj_forward(sim.model, sim.data)
    moved = door.Door.find(scene, "oven")
    assert moved.opened(scene) == pytest.approx(0.6)
    turned = found.anchor + (found.points - found.anchor) @ found.turned(0.6).T
    assert moved.points == pytest.approx(turned, abs=1e-9)
