"""The GPU that draws, on EGL libraries that are not there."""

import ctypes
import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from benchmarks.render import opengl

QUERY = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_ssize_t))


class FakeEgl(ModuleType):
    """Devices at addresses 1, 2, ... whose CUDA numbers are given; None is not a CUDA device."""

    def __init__(self, numbers, extension=True):
        super().__init__("mujoco.egl.egl_ext")
        self.asked, self.extension = 0, extension
        self.devices = [SimpleNamespace(address=place + 1) for place in range(len(numbers))]

        def query(device, attribute, value):
            assert attribute == 0x323A
            if numbers[device - 1] is None:
                return 0
            value[0] = numbers[device - 1]
            return 1

        self.query = QUERY(query)

    def eglGetProcAddress(self, name):
        assert name == "eglQueryDeviceAttribEXT"
        return ctypes.cast(self.query, ctypes.c_void_p).value if self.extension else None

    def eglQueryDevicesEXT(self):
        return self.devices

    def eglGetError(self):
        self.asked += 1


def chosen(monkeypatch, egl, backend="egl"):
    """MUJOCO_EGL_DEVICE_ID while a context is made."""
    package = ModuleType("mujoco.egl")
    package.egl_ext = egl
    monkeypatch.setitem(sys.modules, "mujoco.egl", package)
    monkeypatch.setitem(sys.modules, "mujoco.egl.egl_ext", egl)
    with opengl.beside_cuda(backend):
        return os.environ.get(opengl.DEVICE)


@pytest.fixture(autouse=True)
def egl_draws(monkeypatch):
    monkeypatch.delenv(opengl.DEVICE, raising=False)


@pytest.mark.parametrize(
    ("numbers", "device"),
    [([0], "0"), ([2, 1, 0, None], "2"), ([None, None, 0], "2"), ([None], None), ([0, 0], None), ([], None)],
)
def test_the_device_that_cuda_sees_first_draws(monkeypatch, numbers, device):
    egl = FakeEgl(numbers)
    assert chosen(monkeypatch, egl) == device
    assert opengl.DEVICE not in os.environ
    assert egl.asked == len(numbers), "errors are taken back"


def test_without_the_extension_egl_chooses(monkeypatch):
    assert chosen(monkeypatch, FakeEgl([1, 0], extension=False)) is None


def test_who_names_a_device_gets_it(monkeypatch):
    monkeypatch.setenv(opengl.DEVICE, "1")
    assert chosen(monkeypatch, FakeEgl([0, 1])) == "1"
    assert os.environ[opengl.DEVICE] == "1"


def test_other_backends_are_left_alone(monkeypatch):
    assert chosen(monkeypatch, FakeEgl([0]), "osmesa") is None
