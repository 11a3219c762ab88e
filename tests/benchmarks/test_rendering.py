"""Images: conventions, profiles, and equality with robosuite's renderer."""

import mujoco
import numpy as np
import pytest

from benchmarks.build.lift_task import lift_simulation
from benchmarks.render import renderer as rendering
from benchmarks.render.renderer import CAMERAS, Renderer
from benchmarks.render.static_layer import StaticLayer
from harness.core import registry
from harness.core.errors import UserError
from harness.core.rng import derive_rng


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


def unsaved(simulation, size, monkeypatch, profile="fast"):
    """Images of a renderer that draws everything every time."""
    with monkeypatch.context() as patch:
        patch.setattr(rendering, "outside", lambda model, data, camera: np.zeros(model.ngeom, dtype=bool))
        patch.setattr(StaticLayer, "applies", lambda self: False)
        renderer = Renderer(simulation.model, simulation.data, size, profile)
        images = renderer.images()
        renderer.close()
    return images


def assert_saves_no_pixel(simulation, monkeypatch, looks, size=96):
    """Random actions; the images of a renderer that lasts against those of new ones that save nothing."""
    renderer, rng = Renderer(simulation.model, simulation.data, size, "fast"), derive_rng("looks")
    for _ in range(looks):
        for image, full in zip(renderer.images(), unsaved(simulation, size, monkeypatch), strict=True):
            np.testing.assert_array_equal(image, full)
        action = rng.uniform(-1, 1, 7) - [0, 0, 0.5, 0, 0, 0, 0]
        for _ in range(6):
            simulation.step(action)
    renderer.close()


def test_what_is_out_of_view_or_stands_still_is_not_drawn_and_not_missed(lift, monkeypatch):
    hidden = [rendering.outside(lift.model, lift.data, lift.model.camera(name).id) for name in CAMERAS]
    assert all(mask.any() for mask in hidden)
    groups = lift.model.geom_group.copy()
    assert_saves_no_pixel(lift, monkeypatch, 4)
    np.testing.assert_array_equal(lift.model.geom_group, groups)


@pytest.mark.parametrize("casting", [False, True])
def test_profile_exact_leaves_out_only_what_casts_nothing_into_view(casting, monkeypatch):
    simulation = lift_simulation()
    simulation.load_official(0, derive_rng("unused"))
    model, left_out = simulation.model, []
    model.light_castshadow[:], model.mat_reflectance[:] = casting, 0.0
    inside = rendering.outside

    def outside(*arguments):
        left_out.append(inside(*arguments).any())
        return inside(*arguments)

    monkeypatch.setattr(rendering, "outside", outside)
    renderer = Renderer(model, simulation.data, 64, "exact")
    for image, full in zip(renderer.images(), unsaved(simulation, 64, monkeypatch, "exact"), strict=True):
        np.testing.assert_array_equal(image, full)
    renderer.close()
    assert left_out == [] if casting else all(left_out)


@pytest.mark.slow
@pytest.mark.parametrize("suite", ["libero_spatial", "libero_object", "libero_goal", "libero_pretrain"])
def test_static_layers_of_every_task_miss_no_pixel(suite, monkeypatch):
    suite = registry.find("suite", suite)
    for task in suite.tasks:
        simulation = suite.simulate(task.task_id, "original")
        simulation.load_official(1, derive_rng("static layer"))
        assert_saves_no_pixel(simulation, monkeypatch, 4, size=80)


@pytest.mark.parametrize("edited", ["colour", "lamp", "camera", "place", "glass", "texture"])
def test_a_static_layer_is_drawn_again_when_what_it_shows_changes(edited, monkeypatch):
    simulation = lift_simulation()
    simulation.load_official(0, derive_rng("unused"))
    model, table = simulation.model, simulation.model.geom("table_visual").id
    renderer = Renderer(model, simulation.data, 64, "fast")
    before = renderer.images()
    if edited == "colour":
        model.mat_rgba[model.geom_matid[table], :3] *= 0.5
    elif edited == "lamp":
        model.light_diffuse *= 0.5
    elif edited == "camera":
        model.cam_pos[model.camera("agentview").id] += 0.1
    elif edited == "place":
        model.body_pos[model.geom_bodyid[table], 2] -= 0.1
    elif edited == "glass":
        model.geom_rgba[model.geom("cube_g0_vis").id] = (0.2, 1.0, 0.2, 0.5)
        model.geom_matid[model.geom("cube_g0_vis").id] = -1
    else:
        model.tex_data[:] //= 2
        renderer.upload(range(model.ntex))
    simulation.refresh()
    after = renderer.images()
    assert not np.array_equal(before[0], after[0])
    for image, full in zip(after, unsaved(simulation, 64, monkeypatch), strict=True):
        np.testing.assert_array_equal(image, full)
    renderer.close()


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
