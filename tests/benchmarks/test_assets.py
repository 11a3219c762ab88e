"""The built-in pack has the names, joints, regions, sizes and hollows of what it stands for."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import mujoco
import numpy as np
import pytest

from benchmarks.asset_sheet import STANDING_ALONG_Y, load_model
from benchmarks.assets import builtin
from benchmarks.assets.measured import OBJECTS

REPOSITORY = Path(__file__).resolve().parents[2]
ORIGINAL = Path(os.environ.get("LIBERO_ASSETS") or REPOSITORY.parent / "shared/libero-assets")
MILLIMETRE = 0.001

needs_original = pytest.mark.skipif(not ORIGINAL.is_dir(), reason="LIBERO's own assets are not here")

SLIDE = ("slide", (0, 1, 0), (-0.16, 0.01), 50.0)
JOINTS = {
    "wooden_cabinet": {"top_level": SLIDE, "middle_level": SLIDE, "bottom_level": SLIDE},
    "flat_stove": {"button": ("hinge", (0, 0, 1), (-0.005, 2.1), 1.0)},
}
REGIONS = {
    "basket": {"contain_region"},
    "flat_stove": {"cook_region", "burner"},
    "wine_rack": {"top_region"},
    "wooden_cabinet": {"top_side", "top_region", "middle_region", "bottom_region"},
}
PLACEMENT = {"bottom_site", "top_site", "horizontal_radius_site"}


@pytest.fixture(scope="session")
def pack(tmp_path_factory):
    root = tmp_path_factory.mktemp("pack")
    builtin.build(root)
    return root


@cache
def posed(path: Path):
    model = load_model(path)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


def extent(path: Path, group: int) -> np.ndarray:
    """Lowest and highest corner [2, 3] of all geoms of a group."""
    model, data = posed(path)
    reach = []
    for geom in np.flatnonzero(model.geom_group == group):
        turn, size = data.geom_xmat[geom].reshape(3, 3), model.geom_size[geom]
        kind = model.geom_type[geom]
        if kind == mujoco.mjtGeom.mjGEOM_MESH:
            mesh = model.geom_dataid[geom]
            first = model.mesh_vertadr[mesh]
            points = model.mesh_vert[first : first + model.mesh_vertnum[mesh]] @ turn.T
            low, high = points.min(0), points.max(0)
        else:
            if kind == mujoco.mjtGeom.mjGEOM_BOX:
                high = np.abs(turn) @ size
            elif kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID:
                high = np.sqrt(turn**2 @ size**2)
            else:
                assert kind == mujoco.mjtGeom.mjGEOM_CYLINDER
                along = turn[:, 2]
                high = size[0] * np.sqrt(np.maximum(0, 1 - along**2)) + size[1] * np.abs(along)
            low = -high
        reach.append(data.geom_xpos[geom] + np.array([low, high]))
    boxes = np.array(reach)
    return np.array([boxes[:, 0].min(0), boxes[:, 1].max(0)])


def blocked(path: Path, point: tuple[float, float, float]) -> bool:
    """Whether a point lies inside a colliding box."""
    model, data = posed(path)
    for geom in np.flatnonzero(model.geom_group == 0):
        local = data.geom_xmat[geom].reshape(3, 3).T @ (np.array(point) - data.geom_xpos[geom])
        if (np.abs(local) <= model.geom_size[geom]).all():
            return True
    return False


def sites(path: Path) -> dict[str, np.ndarray]:
    """Name -> position, orientation and size in the frame of the site's body."""
    model, _ = posed(path)
    return {
        model.site(i).name: np.concatenate([model.site_pos[i], model.site_quat[i], model.site_size[i]])
        for i in range(model.nsite)
    }


@pytest.mark.parametrize("name", OBJECTS)
def test_sizes_are_within_5_mm_of_the_measured(pack, name):
    measured = OBJECTS[name]
    collision = extent(pack / measured.file, 0)
    visual = extent(pack / measured.file, 1)
    assert np.abs(collision - measured.collision).max() < 5 * MILLIMETRE
    assert np.abs(visual - measured.visual).max() < 5 * MILLIMETRE


@pytest.mark.parametrize("name", OBJECTS)
def test_undersides_are_where_official_states_expect_them(pack, name):
    """An object resting too low in its frame would start inside the table."""
    measured = OBJECTS[name]
    down = 1 if name in STANDING_ALONG_Y else 2
    low = extent(pack / measured.file, 0)[0][down]
    assert abs(low - measured.collision[0][down]) < 0.6 * MILLIMETRE


@pytest.mark.parametrize("name", [name for name in OBJECTS if OBJECTS[name].mass])
def test_mass_and_inertia_are_the_measured(pack, name):
    measured = OBJECTS[name]
    model, _ = posed(pack / measured.file)
    body = model.body("object").id
    assert model.body_mass[body] == pytest.approx(measured.mass)
    assert model.body_ipos[body] == pytest.approx(measured.com)
    assert sorted(model.body_inertia[body]) == pytest.approx(sorted(measured.inertia))


@pytest.mark.parametrize("name", OBJECTS)
def test_joints_and_regions_have_their_names(pack, name):
    model, _ = posed(pack / OBJECTS[name].file)
    joints = {}
    for index in range(model.njnt):
        kind = "slide" if model.jnt_type[index] == mujoco.mjtJoint.mjJNT_SLIDE else "hinge"
        damping = float(model.dof_damping[model.jnt_dofadr[index]])
        axis, limits = tuple(model.jnt_axis[index]), tuple(model.jnt_range[index])
        joints[model.joint(index).name] = (kind, axis, limits, damping)
    assert joints == JOINTS.get(name, {})
    assert set(sites(pack / OBJECTS[name].file)) == PLACEMENT | REGIONS.get(name, set())


@pytest.mark.parametrize("name", OBJECTS)
def test_groups_tell_what_collides_from_what_is_drawn(pack, name):
    """robosuite reads the group of every geom and takes those of group 0 as contact geoms."""
    for geom in ET.parse(pack / OBJECTS[name].file).iter("geom"):
        assert geom.get("group") in ("0", "1")
        assert (geom.get("contype") == "0") == (geom.get("group") == "1")


@pytest.mark.parametrize(
    ("name", "inside", "wall"),
    [
        ("akita_black_bowl", (0, 0, 0.02), (0.0471, 0, 0.0337)),
        ("glazed_rim_porcelain_ramekin", (0, 0, 0.02), (0.0378, 0, 0.0217)),
        ("plate", (0.0, 0, 0.008), (0.062, 0, 0.0135)),
        ("basket", (0, 0, 0.08), (0, 0.069, 0.08)),
        ("wooden_cabinet", (0, 0, 0.19), (0, -0.072, 0.19)),
        ("wooden_cabinet", (0, 0, 0.05), (0, -0.1016, 0.0411)),
        ("wine_rack", (0, 0, 0.19), (0.05, -0.0427, 0.1273)),
    ],
)
def test_hollow_things_are_hollow(pack, name, inside, wall):
    assert not blocked(pack / OBJECTS[name].file, inside)
    assert blocked(pack / OBJECTS[name].file, wall)


@pytest.mark.parametrize("style", ["tabletop", "floor"])
def test_scenes_compile(pack, style):
    model = mujoco.MjModel.from_xml_path(str(pack / f"scenes/libero_{style}_base_style.xml"))
    assert {model.camera(i).name for i in range(model.ncam)} >= {"agentview", "frontview"}
    assert model.geom("floor").id >= 0
    if style == "tabletop":
        assert model.geom("table_collision").id >= 0
        assert model.site("table_top").id >= 0


def test_two_builds_are_the_same_bytes(pack, tmp_path):
    builtin.build(tmp_path)
    names = sorted(path.relative_to(pack) for path in pack.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert all((pack / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


def test_few_geoms(pack):
    """A bowl is grasped and dropped hundreds of times: fewer boxes than the original's 40."""
    counts = {name: int((posed(pack / OBJECTS[name].file)[0].geom_group == 0).sum()) for name in OBJECTS}
    assert counts["akita_black_bowl"] <= 25
    assert max(counts[name] for name in OBJECTS if OBJECTS[name].mass) <= 25


@pytest.mark.parametrize("name", JOINTS)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_joints_move_freely(pack, name, share):
    """A drawer that rubs on the cabinet would stick: nothing touches anywhere between closed and open."""
    model = load_model(pack / OBJECTS[name].file)
    data = mujoco.MjData(model)
    far = np.where(np.abs(model.jnt_range[:, 0]) > np.abs(model.jnt_range[:, 1]), *model.jnt_range.T)
    data.qpos[:] = share * far
    mujoco.mj_forward(model, data)
    assert data.ncon == 0


def test_rack_holds_the_bottle(pack):
    """A bottle laid on the upper shelf beside the pole, foot near the lip, stays for two seconds."""
    spec = mujoco.MjSpec.from_file(str(pack / OBJECTS["wine_rack"].file))
    bottle = mujoco.MjSpec.from_file(str(pack / OBJECTS["wine_bottle"].file))
    along = np.deg2rad(31.3)
    shelf = np.array([0.05, -0.0061, 0.2512]) + 0.0265 * np.array([0, -np.sin(along), np.cos(along)])
    start = shelf - 0.069 * np.array([0, np.cos(along), np.sin(along)])
    lean = np.array([np.cos((along - np.pi / 2) / 2), np.sin((along - np.pi / 2) / 2), 0, 0])
    frame = spec.worldbody.add_frame(pos=start, quat=lean)
    held = frame.attach_body(bottle.body("object"), "bottle_", "")
    held.add_freejoint()
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC  # as robosuite's base.xml
    spec.option.impratio = 20
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    before = data.body("bottle_object").xpos.copy()
    mujoco.mj_step(model, data, nstep=1000)
    assert np.linalg.norm(data.body("bottle_object").xpos - before) < 10 * MILLIMETRE


@needs_original
@pytest.mark.parametrize("name", OBJECTS)
def test_table_is_what_the_original_measures(name):
    measured = OBJECTS[name]
    assert extent(ORIGINAL / measured.file, 0) == pytest.approx(np.array(measured.collision), abs=MILLIMETRE)
    assert extent(ORIGINAL / measured.file, 1) == pytest.approx(np.array(measured.visual), abs=MILLIMETRE)


@needs_original
@pytest.mark.parametrize("name", OBJECTS)
def test_bodies_joints_and_sites_equal_the_original(pack, name):
    (ours, _), (theirs, _) = posed(pack / OBJECTS[name].file), posed(ORIGINAL / OBJECTS[name].file)
    for count, get in (("nbody", "body"), ("njnt", "joint")):
        mine = [getattr(ours, get)(index).name for index in range(getattr(ours, count))]
        assert mine == [getattr(theirs, get)(index).name for index in range(getattr(theirs, count))]
    assert ours.jnt_range == pytest.approx(theirs.jnt_range)
    assert ours.dof_damping == pytest.approx(theirs.dof_damping)
    assert ours.body_pos == pytest.approx(theirs.body_pos)
    original = sites(ORIGINAL / OBJECTS[name].file)
    for site, pose in sites(pack / OBJECTS[name].file).items():
        # A sphere's unused sizes are whatever the file says.
        count = 8 if site in PLACEMENT else 9
        assert pose[:count] == pytest.approx(original[site][:count], abs=1e-5), site


@needs_original
def test_every_file_is_one_of_the_original(pack):
    files = (path.relative_to(pack) for path in pack.rglob("*") if path.is_file())
    assert [str(name) for name in files if not (ORIGINAL / name).is_file()] == []
