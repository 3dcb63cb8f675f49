"""The report as a browser shows it: nothing fetched, no fault on the console, wide and narrow, both languages."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from reports.rendering import render_incident_report
from reports.view import IncidentReport

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_report_opens_by_itself_and_fits_the_page(
    browser: Browser, report: IncidentReport, tmp_path: Path, language: str, width: int
) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(render_incident_report(report, language, "html"))
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(file.as_uri())
    assert set(asked) <= {"file", "data"}
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg").first.is_visible()
    page.close()


def test_contents_lead_to_each_section(browser: Browser, report: IncidentReport, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(render_incident_report(report, "en", "html"))
    page = browser.new_page()
    page.goto(file.as_uri())
    for link in page.locator("a[href^='#']").all():
        target = str(link.get_attribute("href"))
        assert page.locator(target).count() == 1
    page.close()
