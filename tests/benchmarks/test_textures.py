"""Large textures are uploaded smaller than they are, and the model is left as it was."""

import mujoco
import numpy as np
import pytest

from benchmarks.render.drawn_meshes import only_drawn
from benchmarks.render.textures import MAX_SIDE, halvings, reduced, shrunk

XML = """
<mujoco>
  <asset>
    <texture name="large" type="2d" builtin="checker" mark="random" random="0.2" width="1024" height="2048"/>
    <texture name="odd" type="2d" builtin="checker" width="1023" height="600"/>
    <texture name="small" type="2d" builtin="checker" width="64" height="64"/>
    <mesh name="seen" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
    <mesh name="hidden" vertex="0 0 0  1 0 0  0 1 0  0 0 2"/>
  </asset>
  <worldbody>
    <geom type="mesh" mesh="seen" group="1"/>
    <geom type="mesh" mesh="hidden" group="0"/>
  </worldbody>
</mujoco>
"""


@pytest.fixture
def model():
    return mujoco.MjModel.from_xml_string(XML)


def test_large_textures_are_halved_inside_and_whole_afterwards(model):
    pixels, sizes = model.tex_data.copy(), np.stack([model.tex_width, model.tex_height])
    means = pixels[: 1024 * 2048 * 3].reshape(1024, 2, 512, 2, 3).mean(axis=(1, 3))
    with shrunk(model, range(model.ntex)):
        assert model.tex_width.tolist() == [512, 1023, 64]
        assert model.tex_height.tolist() == [1024, 600, 64]
        small = model.tex_data[: 512 * 1024 * 3].reshape(1024, 512, 3)
        assert np.abs(small - means).max() <= 0.5
    np.testing.assert_array_equal(model.tex_data, pixels)
    np.testing.assert_array_equal(np.stack([model.tex_width, model.tex_height]), sizes)


def test_only_the_textures_asked_for_shrink_and_an_error_undoes_it(model):
    pixels = model.tex_data.copy()
    with shrunk(model, [2]):
        assert model.tex_width.tolist() == [1024, 1023, 64]
    with pytest.raises(RuntimeError, match="full"), shrunk(model, [0]):
        raise RuntimeError("full")
    np.testing.assert_array_equal(model.tex_data, pixels)


@pytest.mark.parametrize(("side", "factor"), [(1, 1), (MAX_SIDE, 1), (MAX_SIDE + 1, 2), (4 * MAX_SIDE, 4)])
def test_sides_are_divided_by_powers_of_two(side, factor):
    assert halvings(side) == factor


def test_one_channel_stays_one_channel():
    pixels = 2 * np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
    assert reduced(pixels, 2).tolist() == [[[5], [9]], [[21], [25]]]


def test_meshes_that_no_drawn_geom_has_are_empty_inside(model):
    counts, hulls = model.mesh_facenum.copy(), model.mesh_graphadr.copy()
    with only_drawn(model):
        assert model.mesh_facenum.tolist() == [counts[0], 0]
        assert (model.mesh_graphadr == -1).all()
    np.testing.assert_array_equal(model.mesh_facenum, counts)
    np.testing.assert_array_equal(model.mesh_graphadr, hulls)
