"""Adaptation methods, one file each; the module attribute METHOD is a frozen dataclass."""

GROUPS = {
    "all": ("frozen", "full", "lora", "steer", "steer-attn"),
    "paper-table": (
        *("frozen", "full", "lora", "steer", "steer-attn"),  # the comparison
        *("lora-attn", "ffn-only", "head-only"),  # what is left when a part of the recipe is taken away
        *("steer-random", "steer-worst", "steer-layers"),  # what selection by head is worth
    ),
}
"""Names that stand for several methods on the command line, in the order of the tables."""
