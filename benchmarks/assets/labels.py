"""What is printed on the groceries: six faces each, drawn after the colours of LIBERO's textures."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.assets.textures import Canvas, Color, Strip, cube_faces

SIZE = 64

GABLE = {"milk": (0.80, 0.12, 0.08), "orange_juice": (0.93, 0.72, 0.10)}
"""Colour of a carton's roof."""

WHITE, RED, YELLOW = (244, 242, 236), (196, 28, 20), (246, 200, 40)


def _flat(top: Canvas, edge: Canvas) -> Strip:
    """A lying box: `top` on both large faces, `edge` around."""
    return cube_faces([edge, edge, edge, edge, top, top])


def _standing(front: Canvas, lid: Canvas) -> Strip:
    """A box along y: `front` on four sides, `lid` on both ends."""
    return cube_faces([front, front, lid, lid, front, front])


def _around(front: Canvas, above: Color, below: Color) -> Strip:
    """A cylinder along z: `front` on four sides, and the colours that show between it and the ends.

    The turns make the words upright: a cube map has its own idea of where the top of a side is.
    """
    sides = [front.turned(1), front.turned(3), front.turned(2), front]
    return cube_faces([*sides, Canvas(SIZE, above), Canvas(SIZE, below)])


def butter() -> Strip:
    """Red with yellow words and a cow on sky."""
    top = Canvas(SIZE, RED).rectangle(40, 0, 64, 64, (90, 160, 220)).oval(53, 36, 10, 22, WHITE)
    top = top.oval(49, 24, 4, 9, (25, 25, 25)).oval(58, 44, 4, 8, (25, 25, 25))
    top = top.text("FARM", 20, 12, YELLOW).text("FRESH", 20, 26, YELLOW).text("BUTTER", 20, 48, WHITE)
    edge = Canvas(SIZE, RED).rectangle(0, 44, 64, 64, (228, 180, 60)).text("BUTTER", 32, 24, YELLOW)
    return _flat(top, edge)


def chocolate_pudding() -> Strip:
    """Dark brown with cream words between pale blue bands."""
    top = Canvas(SIZE, (72, 34, 22)).rectangle(0, 48, 64, 64, (176, 206, 232)).rectangle(0, 0, 20, 8, RED)
    top = top.text("CHOCOLATE", 32, 18, (238, 214, 170)).text("PUDDING", 32, 34, (214, 150, 80))
    top = top.oval(52, 56, 9, 5, (110, 60, 40))
    edge = Canvas(SIZE, (176, 206, 232)).rectangle(0, 0, 64, 26, (72, 34, 22))
    edge = edge.text("PUDDING", 32, 13, (238, 214, 170))
    return _flat(top, edge)


def cookies() -> Strip:
    """Red and white checks, a pile of cookies."""
    top = Canvas(SIZE, WHITE)
    checks = (top.x // 8 + top.y // 8) % 2 == 0
    top.pixels[checks] = RED
    top = top.rectangle(0, 0, 64, 24, WHITE).rectangle(0, 0, 64, 8, (222, 90, 30))
    top = top.text("COOKIES", 32, 16, (150, 30, 20))
    for x, y in ((22, 38), (42, 38), (32, 48), (18, 52), (47, 53)):
        top = top.oval(x, y, 11, 9, (206, 150, 76)).oval(x - 4, y - 2, 2, 2, (90, 50, 24))
        top = top.oval(x + 3, y + 2, 2, 2, (90, 50, 24))
    edge = Canvas(SIZE, RED).rectangle(0, 16, 64, 48, WHITE).text("COOKIES", 32, 32, (150, 30, 20))
    return _flat(top, edge)


def cream_cheese() -> Strip:
    """Silver blue with a dark blue oval."""
    top = (
        Canvas(SIZE, (186, 200, 220))
        .oval(32, 32, 27, 22, (240, 244, 250))
        .oval(32, 32, 25, 19, (44, 66, 150))
    )
    top = top.text("CREAM", 32, 25, WHITE).text("CHEESE", 32, 38, WHITE)
    edge = Canvas(SIZE, (186, 200, 220)).rectangle(0, 24, 64, 40, (44, 66, 150)).text("CREAM", 32, 32, WHITE)
    return _flat(top, edge)


def milk() -> Strip:
    """Red with MILK in white, a black and white cow on grass."""
    front = Canvas(SIZE, (204, 30, 20)).text("MILK", 32, 16, WHITE, 2).oval(46, 34, 6, 5, WHITE)
    front = front.rectangle(0, 40, 64, 56, (120, 170, 224)).rectangle(0, 56, 64, 64, (52, 120, 50))
    front = front.oval(28, 48, 12, 6, WHITE).oval(22, 47, 4, 4, (20, 20, 20)).oval(33, 50, 4, 3, (20, 20, 20))
    return _standing(front, Canvas(SIZE, WHITE))


def orange_juice() -> Strip:
    """Pale yellow with a big orange, an orange band with words above."""
    front = (
        Canvas(SIZE, (240, 226, 120))
        .rectangle(0, 0, 64, 12, (236, 140, 20))
        .oval(32, 5, 12, 5, (40, 110, 40))
    )
    front = front.text("ORANGE", 32, 19, (40, 110, 40)).text("JUICE", 32, 29, (220, 90, 10))
    front = front.oval(32, 48, 15, 14, (238, 130, 14)).oval(32, 48, 11, 10, (250, 176, 50))
    return _standing(front, Canvas(SIZE, WHITE))


def alphabet_soup() -> Strip:
    """Blue above, letters in orange soup below."""
    front = Canvas(SIZE, (48, 108, 190)).text("ALPHABET", 32, 12, WHITE).text("SOUP", 32, 28, YELLOW, 2)
    front = front.rectangle(0, 40, 64, 43, WHITE).rectangle(0, 43, 64, 64, (226, 130, 30))
    front = front.text("B Q A M", 32, 49, (250, 220, 110)).text("X R C", 30, 58, (250, 220, 110))
    for x, y in ((8, 58), (30, 54), (56, 56)):
        front = front.oval(x, y, 3, 3, (70, 130, 50))
    return _around(front, (48, 108, 190), (226, 130, 30))


def tomato_sauce() -> Strip:
    """Red, a green shield with words, tomatoes below."""
    front = Canvas(SIZE, (190, 30, 20)).oval(32, 24, 30, 20, WHITE).oval(32, 24, 28, 18, (40, 120, 50))
    front = front.text("TOMATO", 32, 19, WHITE).text("SAUCE", 32, 30, WHITE).rectangle(0, 46, 64, 64, WHITE)
    front = front.oval(14, 55, 12, 9, (220, 60, 24)).oval(48, 55, 12, 9, (220, 60, 24))
    front = front.oval(14, 48, 4, 2, (40, 120, 50)).oval(48, 48, 4, 2, (40, 120, 50))
    return _around(front, (190, 30, 20), (220, 60, 24))


def ketchup() -> Strip:
    """A pale label with a tomato."""
    front = Canvas(SIZE, (236, 214, 150)).rectangle(0, 0, 64, 10, (30, 80, 40)).text("KETCHUP", 32, 20, RED)
    front = front.oval(32, 44, 18, 15, (214, 40, 20)).oval(32, 31, 6, 3, (40, 120, 50))
    plain = Canvas(SIZE, (219, 61, 20))
    return cube_faces([plain, plain, plain, plain, front, front])


def bbq_sauce() -> Strip:
    """A yellow label; the bottle stands along z, so the label is on +y and -y."""
    front = Canvas(SIZE, (230, 160, 40)).oval(32, 32, 29, 27, (120, 26, 10))
    front = front.text("BBQ", 32, 24, YELLOW, 2).text("SAUCE", 32, 42, YELLOW)
    plain = Canvas(SIZE, (92, 26, 10))
    return cube_faces([plain, plain, front.turned(2), front, plain, plain])


def salad_dressing() -> Strip:
    """A dark green label with leaves."""
    front = (
        Canvas(SIZE, (28, 84, 40)).oval(32, 32, 27, 27, (238, 222, 130)).oval(32, 38, 18, 14, (90, 150, 50))
    )
    front = front.text("SALAD", 32, 20, (28, 84, 40)).text("DRESSING", 32, 38, WHITE)
    plain = Canvas(SIZE, (219, 222, 212))
    return cube_faces([plain, plain, plain, plain, front, front])


LABELS: dict[str, Callable[[], Strip]] = {
    "alphabet_soup": alphabet_soup,
    "bbq_sauce": bbq_sauce,
    "butter": butter,
    "chocolate_pudding": chocolate_pudding,
    "cookies": cookies,
    "cream_cheese": cream_cheese,
    "ketchup": ketchup,
    "milk": milk,
    "orange_juice": orange_juice,
    "salad_dressing": salad_dressing,
    "tomato_sauce": tomato_sauce,
}
