"""The look of a page: one style sheet for light and dark, wide and narrow. No script, no network."""

from __future__ import annotations

import html

SHEET = """
:root { --paper: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d8dee4; --card: #f6f8fa; --link: #0b62c4;
  --good: #0072b2; --bad: #b3540a; --broken: #8250df; --warn: #fff3cd; --warn-ink: #5c4400;
  color-scheme: light; }
@media (prefers-color-scheme: dark) { :root { --paper: #0f1419; --ink: #e6edf3; --soft: #9aa7b4;
  --line: #30363d; --card: #171d24; --link: #6cb6ff; --good: #56b4e9; --bad: #f0a05a; --broken: #c8a2ff;
  --warn: #3d3104; --warn-ink: #ffe49a; color-scheme: dark; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1.25rem 1rem 4rem; max-width: 78rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; padding-top: .9rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
a { color: var(--link); }
p, ul { margin: .4rem 0; }
.lead, .notes, figcaption, .soft { color: var(--soft); font-size: .87rem; }
.notes { padding-left: 1.1rem; }
.warn { background: var(--warn); color: var(--warn-ink); border-radius: 6px; padding: .6rem .8rem; }
.answer { font-size: 1.2rem; font-weight: 600; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
th, .n { overflow-wrap: normal; }
thead th { white-space: normal; color: var(--soft); font-weight: 600; border-bottom-width: 2px; }
tbody th { font-weight: 600; }
.n { text-align: right; }
td.n, th.n { padding-left: .5rem; }
nav { margin: .8rem 0 0; font-size: .87rem; display: flex; flex-wrap: wrap; gap: .2rem .9rem; }
figure { margin: .6rem 0 0; }
.row { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start; }
.row > figure { flex: 0 1 auto; max-width: 100%; }
svg { display: block; max-width: 100%; height: auto; }
.grid { font: 12px/1.15 "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.grid b, .grid i, .grid s, .grid u { font-weight: 400; font-style: normal; text-decoration: none; }
.grid b { color: var(--good); }
.grid i { color: var(--bad); }
.grid s { color: var(--broken); }
.grid u { color: var(--soft); }
.blocks { display: grid; gap: 0 2rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--wide)), 1fr)); }
.blocks > div { min-width: 0; }
.keys { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .87rem; }
.key { display: inline-flex; align-items: center; gap: .35rem; }
.outcomes th { padding-right: .8rem; }
.outcomes td { vertical-align: middle; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .8rem;
  overflow-x: auto; font-size: .82rem; white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin: .5rem 0; }
summary { cursor: pointer; font-weight: 600; padding: .25rem 0; }
@media (max-width: 700px) {
  .data thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  table, tbody, tr, td, tbody th { display: block; }
  tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  th, td, td.n { border: 0; padding: .1rem 0; text-align: left; }
  .data td { display: flex; justify-content: space-between; gap: 1rem; }
  .data td:empty { display: none; }
  .data td::before { content: attr(data-head); color: var(--soft); flex: 0 1 auto; white-space: normal; }
  .n, tbody th, .grid { white-space: normal; overflow-wrap: anywhere; }
  .grid { word-break: break-all; } }
@media print { body { max-width: none; } details > * { display: block; } }
"""


def page(title: str, body: str) -> str:
    """A whole HTML document."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{html.escape(title)}</title><style>{SHEET}</style></head>\n<body>\n{body}</body></html>\n"
    )
