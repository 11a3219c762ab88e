"""Images: conventions, profiles, and equality with robosuite's renderer."""

import mujoco
import numpy as np
import pytest

from benchmarks import rendering
from benchmarks.rendering import CAMERAS, Renderer
from benchmarks.suites.robosuite_lift import lift_simulation
from harness.types import UserError, derive_rng


@pytest.fixture(scope="module")
def lift():
    simulation = lift_simulation()
    simulation.load_official(0, derive_rng("unused"))
    return simulation


def test_exact_profile_draws_robosuites_pixels(lift):
    from robosuite.utils.binding_utils import MjRenderContextOffscreen

    ours = Renderer(lift.model, lift.data, 128, "exact").images()
    context = MjRenderContextOffscreen(lift.env.sim, device_id=-1)
    context.vopt.geomgroup[0] = 0
    for camera, image in zip(CAMERAS, ours, strict=True):
        context.gl_ctx.make_current()
        context.render(128, 128, camera_id=lift.model.camera(camera).id)
        raw = context.read_pixels(128, 128)
        # robosuite's image is raw[::-1]; LIBERO's evaluation turns that... raw rows start at the bottom.
        np.testing.assert_array_equal(image, raw[::-1][:, ::-1])
    # Freed here: freed by the garbage collector, it would unbind whatever context is current then.
    context.gl_ctx.make_current()
    lift.env.sim._render_context_offscreen = None
    del context


def test_fast_profile_shows_the_same_scene_and_leaves_the_model_alone(lift):
    faces, sizes = lift.model.mesh_face.copy(), lift.model.mesh_facenum.copy()
    fast = Renderer(lift.model, lift.data, 128, "fast").images()
    np.testing.assert_array_equal(lift.model.mesh_face, faces)
    np.testing.assert_array_equal(lift.model.mesh_facenum, sizes)
    exact = Renderer(lift.model, lift.data, 128, "exact").images()
    for one, other in zip(fast, exact, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 8  # of 255: shadows and edges only
        assert one.std() > 10


def test_unknown_profile_names_the_known_ones(lift):
    with pytest.raises(UserError, match="known: exact, fast"):
        Renderer(lift.model, lift.data, 64, "pretty")


def test_what_is_out_of_view_is_not_drawn_and_not_missed(lift, monkeypatch):
    groups = lift.model.geom_group.copy()
    culled = Renderer(lift.model, lift.data, 96, "fast").images()
    np.testing.assert_array_equal(lift.model.geom_group, groups)
    hidden = [rendering.outside(lift.model, lift.data, lift.model.camera(name).id) for name in CAMERAS]
    assert all(mask.any() for mask in hidden)
    monkeypatch.setattr(rendering, "outside", lambda model, data, camera: np.zeros(model.ngeom, dtype=bool))
    for one, other in zip(culled, Renderer(lift.model, lift.data, 96, "fast").images(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_simplified_meshes_are_kept_on_disk(tmp_path, monkeypatch):
    from benchmarks import decimation

    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    vertices, faces, normals = (b"\0" * 36, np.arange(3, dtype=np.int32).tobytes(), b"\0" * 36)
    monkeypatch.setattr(decimation, "_corners", lambda *arrays: np.array([[0, 1, 2]]))
    decimation._simplify.cache_clear()
    assert decimation._simplify(vertices, faces, normals).tolist() == [[0, 1, 2]]
    monkeypatch.setattr(decimation, "_corners", lambda *arrays: np.array([[2, 1, 0]]))
    decimation._simplify.cache_clear()
    assert decimation._simplify(vertices, faces, normals).tolist() == [[0, 1, 2]], "from disk"
    (file,) = (tmp_path / "decimated").glob("*.npy")
    file.write_bytes(file.read_bytes()[:-8])
    decimation._simplify.cache_clear()
    assert decimation._simplify(vertices, faces, normals).tolist() == [[2, 1, 0]], "made again"
    decimation._simplify.cache_clear()


@pytest.mark.parametrize("profiles", [("exact", "fast"), ("fast", "fast")])
def test_renderers_of_one_process_draw_in_turns_what_they_draw_alone(lift, profiles):
    one = Renderer(lift.model, lift.data, 64, profiles[0])
    alone = one.images()
    other_data = mujoco.MjData(lift.model)
    mujoco.mj_forward(lift.model, other_data)
    other = Renderer(lift.model, other_data, 64, profiles[1])
    elsewhere = other.images()
    for renderer, expected in ((one, alone), (other, elsewhere), (one, alone)):
        for image, before in zip(renderer.images(), expected, strict=True):
            np.testing.assert_array_equal(image, before)
    assert any(not np.array_equal(a, b) for a, b in zip(alone, elsewhere, strict=True))
