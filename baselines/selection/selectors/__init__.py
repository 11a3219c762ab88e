"""Selectors, one file each; the module attribute SELECTOR is a frozen dataclass."""

from baselines.selection.selectors._base import Scores, Selector, ranked, summed

__all__ = ["Scores", "Selector", "ranked", "summed"]
