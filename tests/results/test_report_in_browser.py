"""The report as Chromium shows it: wide and narrow, light and dark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

import results
from results.render.report import page as report_page
from tests.results.conftest import write_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('svg, thead'))
  .map(one => one.outerHTML.slice(0, 80))"""
"""Elements that reach beyond the page."""

CUT = """() => [...document.querySelectorAll('section, figure, table, td')]
  .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
  .map(one => one.outerHTML.slice(0, 80))"""
"""Elements whose content does not fit into them."""

BOTTOMS = """() => [...document.querySelectorAll('.answer, #answer svg')]
  .map(one => one.getBoundingClientRect().bottom)"""
"""Where sentence and drawings of the answer end."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if not CHROMIUM:
        pytest.skip("no Chromium; name one in CHROMIUM")
    with sync_api.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    run = write_run(
        folder / "run",
        methods=("frozen", "full", "lora", "steer"),
        tasks=5,
        errors=0.05,
        varied=("lighting",),
    )
    report_page.write(results.compare([run], target=0.5), folder / "report.html")
    return folder / "report.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_nothing_overflows_or_complains(
    browser: Browser, page: Path, width: int, height: int, scheme: Literal["light", "dark"]
) -> None:
    shown = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    complaints: list[str] = []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.goto(page.as_uri())
    shown.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert shown.evaluate("() => document.documentElement.scrollWidth") == width
    assert shown.evaluate(TOO_WIDE) == []
    assert shown.evaluate(CUT) == []
    assert complaints == []
    if width > 1000:
        assert max(shown.evaluate(BOTTOMS)) < height
    shown.close()


def test_a_page_that_overflows_is_noticed(browser: Browser, page: Path, tmp_path: Path) -> None:
    wide = tmp_path / "wide.html"
    wide.write_text(page.read_text().replace("<main>", "<main><p style='width: 2000px'>wide</p>"))
    shown = browser.new_page(viewport={"width": 1280, "height": 900})
    shown.goto(wide.as_uri())
    assert shown.evaluate(TOO_WIDE) != []
    shown.close()
