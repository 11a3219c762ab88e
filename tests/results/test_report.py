"""The report as a page: parsed strictly, and opened in Chromium where there is one."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import results
from harness.core.errors import UserError
from results.render.report import page as report_page

VOID = {"meta", "link", "br", "hr", "img"}


class Strict(HTMLParser):
    """Checks that tags nest, ids are unique and nothing is fetched; collects links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag != "script"
        assert "src" not in given
        assert len(given) == len(attrs), f"{tag} repeats an attribute"
        assert not any(name.startswith("on") for name in given)
        if "id" in given:
            assert given["id"] not in self.ids
            self.ids.add(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def write(paths: list[Path], out: Path, **options: Any) -> int:
    return report_page.write(results.compare(paths, **options), out)


def parsed(path: Path) -> Strict:
    parser = Strict()
    parser.feed(path.read_text())
    assert parser.open == []
    return parser


@pytest.fixture
def page(make_run, tmp_path: Path) -> Path:
    path = make_run("a run", errors=0.05, varied=("lighting", "camera"))
    (path / "videos").mkdir()
    (path / "videos" / "steer.t1.failure.mp4").touch()
    write([path], tmp_path / "report.html", target=0.5)
    return tmp_path / "report.html"


def test_tags_nest_and_links_resolve(page: Path) -> None:
    found = parsed(page)
    films = [link for link in found.links if not link.startswith("#")]
    assert films == ["a%20run/videos/steer.t1.failure.mp4"]
    assert (page.parent / unquote(films[0])).exists()
    for link in set(found.links) - set(films):
        assert link[1:] in found.ids


def test_every_part_is_there(page: Path) -> None:
    text = page.read_text()
    for words in (
        "Planned contrasts, over adaptations",
        "difference in success, points",
        "these networks on these scenes",
        "Success against cost",
        "Success against level of variation",
        "Outcomes by initial state",
        "steer, language stream",
        "Overlap of two choices",
        "Training loss",
        "Published by others, NOT measured here",
        "Fingerprints: what the episodes ran on",
        "python -m harness.run --suite libero_spatial",
        "--method frozen,lora,steer --adapt-per task",
        "--tasks 0-2 --seeds 0",
    ):
        assert words in text, words


def test_nothing_comes_from_the_network(page: Path) -> None:
    text = page.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|url\((?!#)|@import", text)


def test_outcomes_can_be_read_without_colour_or_sight(page: Path) -> None:
    drawings = re.findall(r'aria-label="(lora; [^"]*)"', page.read_text())
    assert len(drawings) == 3
    assert all("success: " in words or "failure: " in words for words in drawings)


def test_a_run_with_little_in_it_has_a_page(make_run, tmp_path: Path) -> None:
    path = make_run(methods=("frozen",), tasks=1, episodes=1, errors=1.0)
    (path / "study.json").unlink()
    (path / "adaptations.jsonl").unlink()
    write([path], tmp_path / "report.html")
    parsed(tmp_path / "report.html")


def test_mixed_runs_have_a_warning_on_top(make_run, tmp_path: Path) -> None:
    paths = [make_run("one"), make_run("two", methods=("full",), changed={"mujoco": "3.4.0"})]
    with pytest.raises(UserError, match="did not run on the same thing"):
        write(paths, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()
    write(paths, tmp_path / "report.html", allow_mixed=True)
    assert '<p class="warn">MIXED' in (tmp_path / "report.html").read_text()


def test_ten_thousand_episodes_are_a_small_page(make_run, tmp_path: Path) -> None:
    path = make_run(methods=("frozen", "lora", "full", "steer", "steer-attn"), tasks=10, episodes=200)
    assert write([path], tmp_path / "report.html") < 500_000
