"""Images: conventions, profiles, and equality with robosuite's renderer."""

import numpy as np
import pytest

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


def test_two_models_in_one_process_do_not_disturb_each_other(lift):
    other = lift_simulation()
    other.load_official(1, derive_rng("unused"))
    first, second = (Renderer(sim.model, sim.data, 48, "fast") for sim in (lift, other))
    try:
        before = first.images()
        assert not np.array_equal(before[0], second.images()[0])
        for image, again in zip(before, first.images(), strict=True):
            np.testing.assert_array_equal(image, again)
    finally:
        first.close()
        second.close()
