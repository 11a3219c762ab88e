"""The two scenes: a room with a table, and the same room with an empty floor.

Names are those that LIBERO's arena classes look up (TableArena, EmptyArena); they also replace the
floor's and the wall's image by the style that the task asks for, so every style's file is generated.
Cameras, lights, walls and table stand where LIBERO's scene files have them.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from benchmarks.assets.mjcf import add, text, write_xml
from benchmarks.assets.textures import Canvas, Color, boards, tiles

FLOORS: dict[str, tuple[str, Color]] = {
    "dark_floor_texture.png": ("plank", (57, 53, 47)),
    "rustic_floor.png": ("plank", (162, 162, 157)),
    "light-gray-floor-tile.png": ("plank", (195, 186, 177)),
    "white_marble_floor.png": ("tile", (233, 233, 233)),
    "seamless_wood_planks_floor.png": ("plank", (233, 200, 137)),
    "brown_ceramic_tile.png": ("tile", (177, 152, 131)),
    "gray_ceramic_tile.png": ("tile", (186, 171, 155)),
    "tile_grigia_caldera_porcelain_floor.png": ("plank", (195, 186, 177)),
}
WALLS: dict[str, Color] = {
    "light_blue_wall.png": (186, 225, 244),
    "dark_blue_wall.png": (102, 145, 171),
    "dark_gray_plaster.png": (97, 106, 113),
    "gray_plaster.png": (236, 238, 235),
    "dark_green_plaster_wall.png": (60, 85, 65),
    "light-gray-plaster.png": (223, 219, 212),
    "smooth_light_gray_plaster.png": (223, 219, 212),
    "ceramic.png": (249, 248, 243),
    "white_wall.png": (234, 236, 233),
    "yellow_linen_wall_texture.png": (220, 213, 180),
}
TABLE: tuple[str, Color] = ("martin_novak_wood_table.png", (198, 180, 162))
"""Mean colours of the files of the same names in LIBERO's textures folder."""

ROOM = {
    "wall_leftcorner_visual": ((-1.25, 2.25, 1.5), (0.6532815, 0.6532815, 0.2705981, 0.2705981), 1.06),
    "wall_rightcorner_visual": ((-1.25, -2.25, 1.5), (0.6532815, 0.6532815, -0.2705981, -0.2705981), 1.06),
    "wall_left_visual": ((1.25, 3, 1.5), (0.7071, 0.7071, 0, 0), 1.75),
    "wall_right_visual": ((1.25, -3, 1.5), (0.7071, -0.7071, 0, 0), 1.75),
    "wall_rear_visual": ((-2, 0, 1.5), (0.5, 0.5, 0.5, 0.5), 1.5),
    "wall_front_visual": ((3, 0, 1.5), (0.5, 0.5, -0.5, -0.5), 3),
}
"""Wall -> centre, orientation, half length; all are 3 m high."""

CAMERAS = {
    "frontview": ((1.0, 0, 1.45), (0.56, 0.43, 0.43, 0.56)),
    "birdview": ((-0.2, 0, 3.0), (0.7071, 0, 0, 0.7071)),
    "agentview": ((0.5, 0, 1.35), (0.653, 0.271, 0.271, 0.653)),
    "sideview": ((-0.0565177, 1.2761224, 1.4879572), (0.0099051, 0.006878, 0.5912228, 0.8064181)),
}


def build(root: Path) -> None:
    """Write both scenes and all textures below `root`."""
    table = _room()
    world = table.find("worldbody")
    assert world is not None
    world.append(_floor())
    world.append(_table())
    write_xml(table, root / "scenes/libero_tabletop_base_style.xml")
    floor = _room()
    world = floor.find("worldbody")
    assert world is not None
    add(world, "body", name="floor", pos="0 0 0").append(_floor())
    write_xml(floor, root / "scenes/libero_floor_base_style.xml")
    _textures(root / "textures")


def _room() -> ET.Element:
    """Sky, materials, walls, lights and cameras."""
    root = ET.Element("mujoco", model="room")
    asset, world = add(root, "asset"), add(root, "worldbody")
    sky = {"builtin": "gradient", "rgb1": ".9 .9 1", "rgb2": ".2 .3 .4", "width": "64", "height": "64"}
    add(asset, "texture", type="skybox", **sky)
    files = {
        "texplane": ("tile_grigia_caldera_porcelain_floor.png", "2d"),
        "tex-wall": ("smooth_light_gray_plaster.png", "2d"),
        "tex-table": (TABLE[0], "cube"),
    }
    for name, (file, kind) in files.items():
        add(asset, "texture", name=name, type=kind, file=f"../textures/{file}")
    matt = {"reflectance": "0", "shininess": "0"}
    even = {"texuniform": "true", "texrepeat": "3 3"}
    add(asset, "material", name="floorplane", texture="texplane", specular="0", **matt, **even)
    shiny = {"specular": "0.8", "shininess": "0.1", "reflectance": "0"}
    add(asset, "material", name="walls_mat", texture="tex-wall", **shiny, **even)
    add(asset, "material", name="table_texture", texture="tex-table", specular="0.2", **matt)
    for name, (pos, quat, length) in ROOM.items():
        pose = {"pos": text(*pos), "quat": text(*quat), "size": text(length, 1.5, 0.01)}
        add(world, "geom", name=name, type="box", material="walls_mat", **pose, **_SEEN)
    for name, (x, y) in {"light1": (1, 1), "light2": (-3, -3)}.items():
        tone = {"diffuse": ".8 .8 .8", "specular": ".3 .3 .3", "castshadow": "false", "directional": "false"}
        add(world, "light", name=name, pos=text(x, y, 4), dir="0 -.15 -1", **tone)
    for name, (at, turn) in CAMERAS.items():
        add(world, "camera", name=name, mode="fixed", pos=text(*at), quat=text(*turn))
    return root


_SEEN = {"group": "1", "contype": "0", "conaffinity": "0"}


def _floor() -> ET.Element:
    shape = {"type": "plane", "pos": "0 0 0", "size": "3 3 .125", "condim": "3", "group": "1"}
    return ET.Element("geom", {"name": "floor", "material": "floorplane", **shape})


def _table() -> ET.Element:
    """Table top and legs; TableArena sets their sizes and places."""
    body = ET.Element("body", name="table", pos="0 0 0.4")
    top = {"type": "box", "pos": "0 0 0", "size": "0.4 0.4 0.4"}
    add(body, "geom", name="table_collision", group="0", friction="1 0.005 0.0001", **top)
    add(body, "geom", name="table_visual", material="table_texture", **top, **_SEEN)
    add(body, "site", name="table_top", pos="0 0 0.4", size="0.001 0.001 0.001", rgba="0 0 0 0")
    leg = {"type": "cylinder", "pos": "0 0 0", "size": "0.05 0.1", "material": "table_texture"}
    for index in range(1, 5):
        add(body, "geom", name=f"table_leg{index}_visual", **leg, **_SEEN)
    return body


def _textures(folder: Path) -> None:
    for name, (kind, color) in FLOORS.items():
        if kind == "plank":
            joint = (min(color[0] + 45, 240), min(color[1] + 45, 240), min(color[2] + 45, 240))
            boards(name, color, planks=4, size=128, joint=joint).save(folder / name)
        else:
            grout = (color[0] - 40, color[1] - 40, color[2] - 40)
            tiles(name, color, 4, grout).save(folder / name)
    for name, color in WALLS.items():
        Canvas(32, color).grain(3, name).save(folder / name)
    boards(TABLE[0], TABLE[1], planks=1, size=128).save(folder / TABLE[0])
