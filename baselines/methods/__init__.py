"""Adaptation methods, one file each; the module attribute METHOD is a frozen dataclass.

A method says what is trained, nothing else: it names streams and parts of any policy. Imports
`baselines.adaptable`.
"""

from baselines.methods._base import ATTENTION, FEED_FORWARD, HeadMethod, Method, linears, projection_weights

__all__ = ["ATTENTION", "FEED_FORWARD", "GROUPS", "HeadMethod", "Method", "linears", "projection_weights"]

ALL = ("frozen", "full", "lora", "lora-expert", "steer", "steer-random", "steer-attn", "ffn-only")
"""What answers the question: the comparison, and what tells where a gain sits."""

GROUPS = {
    "all": ALL,
    "paper-table": (
        *ALL,
        *("steer-text", "steer-worst", "steer-layers"),  # what selection by head is worth
        *("lora-attn", "lora-heads", "lora-language", "action-proj-only"),  # a part taken away
        *("steer-released", "lora-openpi", "full-ema"),  # to the letter of the published code
        "shira",  # as many numbers, without heads
    ),
}
"""Names that stand for several methods on the command line, in the order of the tables."""
