"""Drawings of attention heads: which were chosen, how often, how far choices agree, with which scores."""

from __future__ import annotations

from collections.abc import Sequence

from results.records.head_selections import HeadSelection
from results.render.drawings import Drawing
from results.render.figures import head_maps
from results.stats import head_overlap

MOST_OVERLAPS = 24
"""Adaptations whose overlaps still fit into one grid."""


def often(found: Sequence[HeadSelection]) -> Drawing:
    """How often each head of a stream was chosen by a method."""
    method, stream = found[0].method, found[0].stream
    title, caption = f"How often {method} chose each head", f"Chosen in {len(found)} adaptations."
    return Drawing(
        f"often-{method}-{stream}", title, caption, head_maps.frequency(head_overlap.frequency(found))
    )


def overlap(found: Sequence[HeadSelection]) -> Drawing | None:
    """How far the choices of a method agree; None where they are too many for a grid."""
    if len(found) > MOST_OVERLAPS:
        return None
    method, stream = found[0].method, found[0].stream
    figure = head_maps.overlap(head_overlap.overlaps(found), [one.label for one in found])
    return Drawing(f"overlap-{method}-{stream}", f"Overlap of {method}", overlap_in_words(found), figure)


def overlap_in_words(found: Sequence[HeadSelection]) -> str:
    """Mean overlap, beside that of a choice by chance."""
    mean = head_overlap.mean_overlap(head_overlap.overlaps(found))
    chance = head_overlap.overlap_by_chance(found)
    return f"Overlap of two choices (shared / either): mean {mean:.2f}, by chance {chance:.2f}"


def scores(one: HeadSelection) -> Drawing:
    """Scores of all heads for one adaptation."""
    title = f"Scores of {one.method}, {one.stream} stream, {one.label}"
    name = f"scores-{one.adapt_id}-{one.method}-{one.stream}"
    return Drawing(name, title, head_maps.describe(one), head_maps.scores([one]))
