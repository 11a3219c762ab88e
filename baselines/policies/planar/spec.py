"""Sizes and interface of the planar policy, without torch."""

from __future__ import annotations

from harness.core.specs import ActionSpace, Interface, PolicyInfo, StateSpace, StreamInfo

NAME = "fake-planar"
NEEDS = Interface(
    ("agentview",), StateSpace("planar-position-goal", 4), ActionSpace("planar-velocity-gripper", 3)
)
IMAGE_SIZE, PATCH = 16, 4  # pixels
HORIZON = 6
SEED = 11

LANGUAGE = StreamInfo("language", layers=2, heads=6, kv_heads=3, head_size=4)
EXPERT = StreamInfo("expert", layers=3, heads=4, kv_heads=2, head_size=6)
WIDTHS = {"language": 20, "expert": 12}
HIDDEN = {"language": 28, "expert": 16}
"""Width of the feed-forward layers."""


def info(total_params: int) -> PolicyInfo:
    """What the engine needs to know."""
    return PolicyInfo(
        name=NAME,
        horizon=HORIZON,
        replan_steps=4,
        image_size=IMAGE_SIZE,
        sha256=f"planar-seed-{SEED}",
        needs=NEEDS,
        total_params=total_params,
        streams=(LANGUAGE, EXPERT),
    )
