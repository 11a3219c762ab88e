"""Large arrays of models in pages of a file: the same bytes, once for all processes, writable in private."""

import gc
import re
import sys
from pathlib import Path

import mujoco
import numpy as np
import pytest

from benchmarks.sim import shared_arrays
from benchmarks.sim.shared_arrays import NAMES, share

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pages are mapped on Linux")

TEXTURED = """
<mujoco>
  <asset>
    <texture name="large" type="2d" builtin="checker" mark="random" random="0.1" width="4096" height="4096"/>
    <material name="shown" texture="large"/>
  </asset>
  <worldbody><body><freejoint/><geom type="box" size="1 1 1" material="shown"/></body></worldbody>
</mujoco>
"""


def textured():
    """A model whose texture takes 48 MiB."""
    return mujoco.MjModel.from_xml_string(TEXTURED)


def kib(path, what):
    """What /proc says of the mappings of `path`, in KiB."""
    parts = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text(), flags=re.MULTILINE)
    found = [part for part in parts if str(path) in part.partition("\n")[0]]
    return sum(int(size) for part in found for size in re.findall(rf"^{what}: +(\d+) kB", part, re.MULTILINE))


def test_shared_arrays_hold_the_same_bytes_in_pages_of_the_file(tmp_path):
    path, model = tmp_path / "folder" / "a.pages", textured()
    before = {name: getattr(model, name).copy() for name in NAMES}
    assert share(model, path)
    for name, array in before.items():
        np.testing.assert_array_equal(getattr(model, name), array)
    assert kib(path, "Rss") > 47_000
    assert kib(path, "Anonymous") == 0
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data)
    del model, data
    gc.collect()
    assert kib(path, "Rss") == 0, "MuJoCo gives the pages back with its own memory"


def test_what_is_written_stays_in_the_process_and_out_of_the_file(tmp_path):
    path, one, other = tmp_path / "a.pages", textured(), textured()
    assert share(one, path)
    assert share(other, path)
    content, original = path.read_bytes(), one.tex_data.copy()
    one.tex_data[5_000_000:5_000_100] ^= 255
    np.testing.assert_array_equal(other.tex_data, original)
    assert path.read_bytes() == content
    assert 0 < kib(path, "Anonymous") <= 8
    path.unlink()
    np.testing.assert_array_equal(other.tex_data, original)


@pytest.mark.parametrize("damage", ["bit", "short", "writable by others"])
def test_a_file_with_other_bytes_is_made_again(tmp_path, damage):
    path, model = tmp_path / "a.pages", textured()
    original = model.tex_data.copy()
    share(textured(), path)
    whole = path.read_bytes()
    if damage == "bit":
        path.write_bytes(whole[:9_000_000] + bytes([whole[9_000_000] ^ 1]) + whole[9_000_001:])
    elif damage == "short":
        path.write_bytes(whole[:9_000_000])
    else:
        path.chmod(0o666)
    assert share(model, path)
    np.testing.assert_array_equal(model.tex_data, original)
    assert path.read_bytes() == whole
    assert path.stat().st_mode & 0o777 == 0o600


def test_where_no_file_can_be_made_the_model_stays_as_it_is(tmp_path):
    (tmp_path / "file").touch()
    model = textured()
    original = model.tex_data.copy()
    assert not share(model, tmp_path / "file" / "a.pages")
    np.testing.assert_array_equal(model.tex_data, original)


def test_small_models_are_left_alone(tmp_path):
    model = mujoco.MjModel.from_xml_string("<mujoco/>")
    assert not share(model, tmp_path / "a.pages")
    assert model.nbuffer < shared_arrays.LEAST_MODEL_BYTES
    assert not list(tmp_path.iterdir())
