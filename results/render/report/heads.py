"""The part of a report about attention heads: which ones were chosen, how often, with which scores."""

from __future__ import annotations

import html

from results.records import head_selections
from results.records.head_selections import HeadSelection, by_method_and_stream
from results.records.runs import Records
from results.render import head_drawings
from results.render.html import part

MOST_MAPS = 12
"""Adaptations of a method whose scores are drawn into the page; `--figures` draws all."""

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
        return heading + head_drawings.scores(found[0]).in_page()
    drawn = head_drawings.overlap(found)
    words = f"<p>{html.escape(head_drawings.overlap_in_words(found))}</p>"
    figures = head_drawings.often(found).in_page() + (drawn.in_page() if drawn else words)
    scores = "".join(head_drawings.scores(one).in_page() for one in found[:MOST_MAPS])
    more = len(found) - MOST_MAPS
    rest = f'<p class="soft">{more} more: --figures DIR draws them.</p>' if more > 0 else ""
    return (
        f'{heading}<div class="row">{figures}</div><details><summary>Scores by adaptation'
        f'</summary><div class="row">{scores}</div>{rest}</details>'
    )
