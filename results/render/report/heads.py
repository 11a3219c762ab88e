"""The part of a report about attention heads: which ones were chosen, how often, with which scores."""

from __future__ import annotations

import html

from results.records import head_selections
from results.records.head_selections import HeadSelection, by_method_and_stream
from results.records.runs import Records
from results.render.figures import canvas, head_maps
from results.render.html import part
from results.stats import head_overlap

MOST_OVERLAPS = 24
"""Adaptations whose overlaps still fit into one grid."""

MOST_MAPS = 12
"""Adaptations of a method whose scores are drawn into the page; `harness.heads --run` draws all."""

NOTE = (
    '<p class="soft">Layers rise from the bottom, heads run to the right; brighter is better, or more. A '
    "number is the rank of a chosen head, a cross a head that cannot change the action.</p>"
)


def panel(records: Records) -> str:
    """How often each head was chosen, how much choices overlap, and the scores of every one."""
    groups = by_method_and_stream(head_selections.of_records(records))
    blocks = [_group(method, stream, found) for (method, stream), found in groups.items()]
    return part("heads", "Attention heads", NOTE + "".join(blocks) if blocks else "")


def _group(method: str, stream: str, found: list[HeadSelection]) -> str:
    heading = f"<h3>{html.escape(method)}, {html.escape(stream)} stream</h3>"
    if len(found) == 1:
        return f'{heading}<div class="scroll" tabindex="0">{_scores(found[0])}</div>'
    title = f"How often {method} chose each head"
    words = f"Chosen in {len(found)} adaptations."
    often = head_maps.frequency(head_overlap.frequency(found))
    figures = canvas.in_page(often, title, words, unique=f"often-{method}-{stream}")
    figures += _overlaps(method, stream, found)
    scores = "".join(_scores(one) for one in found[:MOST_MAPS])
    more = len(found) - MOST_MAPS
    rest = f'<p class="soft">{more} more: python -m harness.heads --run draws them.</p>' if more > 0 else ""
    return (
        f'{heading}<div class="row scroll" tabindex="0">{figures}</div><details><summary>Scores by adaptation'
        f'</summary><div class="row scroll" tabindex="0">{scores}</div>{rest}</details>'
    )


def _overlaps(method: str, stream: str, found: list[HeadSelection]) -> str:
    table = head_overlap.overlaps(found)
    mean, chance = head_overlap.mean_overlap(table), head_overlap.overlap_by_chance(found)
    words = f"Overlap of two choices (shared / either): mean {mean:.2f}, by chance {chance:.2f}"
    if len(found) > MOST_OVERLAPS:
        return f"<p>{html.escape(words)}</p>"
    drawing = head_maps.overlap(table, [one.label for one in found])
    return canvas.in_page(drawing, f"Overlap of {method}", words, unique=f"overlap-{method}-{stream}")


def _scores(one: HeadSelection) -> str:
    title = f"Scores of {one.method}, {one.stream} stream, {one.label}"
    unique = f"scores-{one.adapt_id}-{one.method}-{one.stream}"
    return canvas.in_page(head_maps.scores([one]), title, head_maps.describe(one), unique=unique)
