"""Other words for the instructions that a base policy is pretrained on, and some that it never reads.

An instruction is a deed and things: both are replaced phrase by phrase. Wording 0 is the instruction itself,
1 to 8 are read in training, 9 and 10 are held out, with verbs that no other wording has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

TRAINED, HELD_OUT = 8, 2

DEEDS: Mapping[str, Sequence[str]] = {
    r"pick up (.+?) and (?:put|place) (?:it|them) (.+)": (
        "grab {0} and put it {1}", "take {0} and place it {1}", "pick {0} up and set it {1}",
        "get {0} and lay it {1}", "lift {0} and move it {1}", "move {0} so that it is {1}",
        "please bring {0} over and put it {1}", "{0} should go {1}",
        "fetch {0} and drop it off {1}", "transfer {0} until it rests {1}",
    ),
    r"stack (.+?) on (.+)": (
        "put {0} on {1}", "place {0} on top of {1}", "pile {0} onto {1}", "set {0} upon {1}",
        "take {0} and stack it on {1}", "{0} should go on {1}", "lay {0} on top of {1}", "move {0} onto {1}",
        "deposit {0} atop {1}", "position {0} over {1}",
    ),
    r"(?:put|place) (.+?(?: at the (?:front|back))?) ((?:on|in|under|to) .+)": (
        "place {0} {1}", "set {0} {1}", "move {0} so that it is {1}", "take {0} and put it {1}",
        "lay {0} {1}", "{0} should go {1}", "please put {0} {1}", "bring {0} over and place it {1}",
        "deposit {0} {1}", "transfer {0} until it rests {1}",
    ),
    r"turn on (.+)": (
        "switch on {0}", "switch {0} on", "turn {0} on", "start {0}", "power on {0}", "please turn on {0}",
        "heat up {0}", "set {0} to on", "activate {0}", "get {0} running",
    ),
    r"turn off (.+)": (
        "switch off {0}", "switch {0} off", "turn {0} off", "stop {0}", "power off {0}",
        "please turn off {0}", "shut off {0}", "set {0} to off", "deactivate {0}", "kill the heat of {0}",
    ),
    r"open (.+)": (
        "pull open {0}", "pull {0} open", "please open {0}", "open {0} up", "get {0} open", "make {0} open",
        "{0} should be open", "leave {0} open", "unclose {0}", "draw {0} out",
    ),
    r"close (.+)": (
        "shut {0}", "push {0} shut", "please close {0}", "close {0} up", "get {0} closed", "make {0} closed",
        "{0} should be closed", "push {0} closed", "seal {0}", "slam {0}",
    ),
}  # fmt: skip
"""Pattern of a deed -> its ten other wordings, in their order."""

JOINS = (
    " and then ", ", then ", " and ", " and after that ", " and ", ", then ", " and then ", " and ",
    " and next ", " and finally ",
)  # fmt: skip
"""Between two deeds, by wording."""

THINGS: Mapping[str, Sequence[str]] = {
    "cabinet shelf": ("shelf of the cabinet", "cupboard shelf"),
    "on top of": ("on", "on the top of", "onto"),
    "to the right of": ("on the right side of", "right of"),
    "to the left of": ("on the left side of", "left of"),
    "to the front of": ("in front of", "before"),
    "top drawer": ("upper drawer", "uppermost drawer"),
    "bottom drawer": ("lower drawer", "lowest drawer"),
    "cabinet": ("cupboard", "chest"),
    "frying pan": ("pan", "skillet"),
    "moka pot": ("coffee pot", "coffee maker"),
    "alphabet soup": ("soup can", "can of alphabet soup"),
    "tomato sauce": ("can of tomato sauce", "sauce can"),
    "cream cheese box": ("cream cheese", "box of cream cheese"),
    "cream cheese": ("cheese", "box of cream cheese"),
    "chocolate pudding": ("pudding", "pudding box"),
    "orange juice": ("juice", "juice carton"),
    "salad dressing": ("dressing", "bottle of dressing"),
    "wine bottle": ("bottle of wine", "wine"),
    "wine rack": ("bottle rack", "rack"),
    "ketchup": ("ketchup bottle", "bottle of ketchup"),
    "milk": ("milk carton", "carton of milk"),
    "butter": ("butter box", "box of butter"),
    "compartment": ("section", "slot"),
    "caddy": ("desk organizer", "book holder"),
    "basket": ("hamper", "container"),
    "tray": ("serving tray", "wooden tray"),
    "microwave": ("microwave oven", "oven"),
    "stove": ("cooker", "burner"),
    "plate": ("dish", "saucer"),
    "bowl": ("bowl", "basin"),
    "mug": ("cup", "coffee mug"),
    "book": ("book", "notebook"),
}
"""Name -> other names, used in turn and by every second wording; longer names come first."""

_NAMES = re.compile(rf"\b({'|'.join(THINGS)})\b")
_THEN = re.compile(r" and (?=(?:open|close|put|place|turn) (?!it in|it on|it to|it under|them))")


def wordings(instruction: str) -> list[str]:
    """The instruction and its other wordings, in order; fewer where it is of another kind than LIBERO's."""
    return [
        instruction,
        *(text for number in range(TRAINED + HELD_OUT) if (text := _worded(instruction, number))),
    ]


def trained(instruction: str) -> list[str]:
    """Those that are read in training, the instruction first."""
    return wordings(instruction)[: 1 + TRAINED]


def held_out(instruction: str) -> list[str]:
    """Those that are not."""
    return wordings(instruction)[1 + TRAINED :]


def _worded(instruction: str, number: int) -> str:
    """Wording of a number from 0, empty where a deed is not known."""
    pick_and_place = re.fullmatch(next(iter(DEEDS)), instruction)
    deeds = [instruction] if pick_and_place else _THEN.split(instruction)
    said = [_deed(deed, number) for deed in deeds]
    if not all(said):
        return ""
    text = JOINS[number].join(said)
    return _NAMES.sub(lambda found: _named(found[1], number), text) if number % 2 else text


def _deed(deed: str, number: int) -> str:
    for pattern, others in DEEDS.items():
        if match := re.fullmatch(pattern, deed):
            return others[number].format(*match.groups())
    return ""


def _named(name: str, number: int) -> str:
    others = THINGS[name]
    return others[number // 2 % len(others)]


WORDS: tuple[str, ...] = (*THINGS, *(name for names in THINGS.values() for name in names))
"""What things are called."""
