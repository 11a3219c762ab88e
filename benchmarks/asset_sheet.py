"""Draw every object of one or more asset packs side by side: `python -m benchmarks.asset_sheet`."""

from __future__ import annotations

import math
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.font import mask
from benchmarks.assets.measured import OBJECTS
from benchmarks.assets.packs import AssetPack, resolve
from benchmarks.assets.textures import write_png
from benchmarks.render.backend import use_backend
from harness.core.command_line import parse
from harness.core.errors import UserError
from harness.core.schema import listed, setting

Image = NDArray[np.uint8]

SIDE = 160
"""Pixels of one view."""

CAPTION = 12
"""Pixels of the line with the object's name."""

VIEWS = ((150.0, -35.0), (-60.0, -30.0), (90.0, -89.0))
"""Azimuth and elevation in degrees: two sides and from above."""

STANDING_ALONG_Y = ("alphabet_soup", "ketchup", "milk", "orange_juice", "salad_dressing", "tomato_sauce")
"""Objects whose frame LIBERO turns upright when it places them."""


_BACKDROP = {"type": "skybox", "builtin": "flat", "rgb1": "0.5 0.55 0.6", "width": "8", "height": "8"}


def load_model(path: Path, upright: bool = False) -> Any:
    """Compile one object's file; textures that it names twice, as robosuite allows, are dropped."""
    import mujoco

    tree = ET.parse(path)
    asset = tree.find("asset")
    if asset is not None:
        ET.SubElement(asset, "texture", _BACKDROP)
    seen: set[tuple[str, str | None]] = set()
    for element in list(asset) if asset is not None else []:
        key = (element.tag, element.get("name"))
        if key in seen and asset is not None:
            asset.remove(element)
        seen.add(key)
        if file := element.get("file"):
            element.set("file", str(path.parent / file))
    compiler = tree.find("compiler")
    if compiler is not None:
        compiler.attrib.pop("meshdir", None)
    body = tree.find("./worldbody/body/body[@name='object']")
    if body is not None:
        body.attrib.pop("pos", None)
        if upright:
            body.set("quat", "0.7071068 0.7071068 0 0")
    return mujoco.MjModel.from_xml_string(ET.tostring(tree.getroot(), encoding="unicode"))


def draw(path: Path, upright: bool, radius: float, centre: NDArray[np.float64]) -> Image:
    """Three views [SIDE, 3 * SIDE, 3], the camera far enough for a sphere of `radius` (m)."""
    # mujoco decides at its first import how mujoco.Renderer draws.
    use_backend()
    import mujoco

    model = load_model(path, upright)
    model.vis.headlight.ambient[:] = 0.35
    model.vis.headlight.diffuse[:] = 0.6
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    options = mujoco.MjvOption()
    options.geomgroup[0] = 0
    camera = mujoco.MjvCamera()
    camera.lookat[:] = centre
    camera.distance = radius / math.sin(math.radians(model.vis.global_.fovy / 2))
    views = []
    with mujoco.Renderer(model, SIDE, SIDE) as renderer:
        for camera.azimuth, camera.elevation in VIEWS:
            renderer.update_scene(data, camera, options)
            views.append(renderer.render())
    return np.concatenate(views, axis=1)


def sheet(packs: list[AssetPack]) -> Image:
    """All objects, one row each in two columns; the packs' views are next to each other."""
    rows = [_row(name, packs) for name in sorted(OBJECTS)]
    rows += [np.zeros_like(rows[0])] * (len(rows) % 2)
    half = len(rows) // 2
    return np.concatenate([np.concatenate(rows[:half]), np.concatenate(rows[half:])], axis=1)


def _row(name: str, packs: list[AssetPack]) -> Image:
    measured = OBJECTS[name]
    upright = name in STANDING_ALONG_Y
    low, high = np.array(measured.visual)
    centre = (low + high) / 2
    if upright:
        centre = np.array([centre[0], -centre[2], centre[1]])
    radius = float(np.linalg.norm(high - low)) / 2
    views = [draw(pack.path / measured.file, upright, radius, centre) for pack in packs]
    caption = np.zeros((CAPTION, SIDE * len(VIEWS) * len(packs), 3), np.uint8)
    letters = mask(name.replace("_", " ").upper())
    caption[2 : 2 + letters.shape[0], 4 : 4 + letters.shape[1]][letters] = (240, 220, 60)
    return np.concatenate([caption, np.concatenate(views, axis=1)])


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    assets: tuple[str, ...] = setting(
        "comma list of original, builtin, hub, auto and directories", ("builtin",), format=listed("PACKS")
    )
    out: Path = setting("PNG to write", Path("sheet.png"))


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    try:
        options = parse(Options(), argv, prog="benchmarks.asset_sheet", description=__doc__)
        packs = [resolve(spec) for spec in options.assets]
        _check_writable(options.out)
        write_png(options.out, sheet(packs))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.out}: {', '.join(pack.label for pack in packs)}")
    return 0


def _check_writable(path: Path) -> None:
    """Before minutes are spent on drawing. Raises UserError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise UserError(f"cannot write {path} ({error.strerror}); choose another --out") from None


if __name__ == "__main__":
    sys.exit(main())
