"""Adaptation methods, one file each; the module attribute METHOD is a frozen dataclass.

A method says what is trained, nothing else: it names streams and parts of any policy. Imports
`baselines.adaptable`.
"""

from baselines.methods._base import ATTENTION, FEED_FORWARD, HeadMethod, Method, linears, projection_weights

__all__ = ["ATTENTION", "FEED_FORWARD", "GROUPS", "HeadMethod", "Method", "linears", "projection_weights"]

GROUPS = {
    "all": ("frozen", "full", "lora", "steer", "steer-attn"),
    "paper-table": (
        *("frozen", "full", "lora", "steer", "steer-attn"),  # the comparison
        *(
            "lora-attn",
            "ffn-only",
            "action-proj-only",
        ),  # what is left when a part is taken away
        *("steer-random", "steer-worst", "steer-layers"),  # what selection by head is worth
    ),
}
"""Names that stand for several methods on the command line, in the order of the tables."""
