"""The page of a class in real Chromium: no network, no violation that axe-core finds, and ready for paper."""

import base64
import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from selenium import webdriver

from autograder.desk.overview import page
from autograder.desk.report import gather
from autograder.lms.roster import FILE
from tests.browser import chromedriver, chromium
from tests.desk.written_class import by_chance, entry, write

pytestmark = pytest.mark.heavy

AXE = "axe.run(document, {resultTypes: ['violations']}).then(arguments[0])"
STUDENTS = [f"s{number:02}" for number in range(40)]


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = chromium()
    for flag in ("headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking"):
        options.add_argument(f"--{flag}")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver()))
    opened.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    opened.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    yield opened
    opened.quit()


@pytest.fixture
def shown(released, chapter, tmp_path):
    """The page of a class in which everything is there that a page can tell."""
    now = datetime.now(UTC).replace(tzinfo=None)
    times = [now + timedelta(hours=7 * number) for number, _ in enumerate(STUDENTS)]
    people = [f"{each},Ann,<b>Lee</b> {each}" for each in [*STUDENTS, "absent"]]
    (released.folder / FILE).write_text("\n".join(["id,first_name,last_name", *people]), "utf-8")
    (released.folder / "submitted" / "stuck" / chapter.name).mkdir(parents=True)
    late = entry(chapter, "lost", {"gae": [0]}, {"gae": 0})
    write(released, chapter, [*by_chance(chapter, STUDENTS, 1, times), late])
    file = tmp_path / "overview.html"
    file.write_text(page(gather([chapter], released, verdicts=True), 0.5), "utf-8")
    return file


def violations(browser, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    found = browser.execute_async_script(AXE)
    assert len(found["passes"]) > 20, "axe-core has looked"
    return [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found["violations"]]


def test_the_page_asks_nobody_breaks_no_rule_of_axe_and_prints(browser, shown):
    browser.get(shown.as_uri())
    asked = {
        address
        for entry in browser.get_log("performance")
        for address in re.findall(r'"documentURL".*?"url":"([^"]+)"', entry["message"])
    }
    assert asked == {shown.as_uri()}, "the page is all that is asked for"
    assert [each for each in browser.get_log("browser") if each["level"] == "SEVERE"] == []
    assert browser.find_elements("css selector", "script") == []
    pictures = browser.find_elements("css selector", "figure svg[role=img]")
    assert len(pictures) == 3 and all(each.size["height"] > 100 for each in pictures)
    browser.execute_script((files("axe_core_python") / "axe.min.js").read_text("utf-8"))
    for scheme in ("light", "dark"):
        assert violations(browser, scheme) == [], scheme
    browser.execute_script("document.documentElement.removeAttribute('lang')")
    assert "html-has-lang" in dict(violations(browser, "light")), "axe-core would find a fault"
    printed = base64.b64decode(
        browser.execute_cdp_cmd("Page.printToPDF", {"displayHeaderFooter": False})["data"]
    )
    assert printed.startswith(b"%PDF-") and len(re.findall(rb"/Type\s*/Page\b", printed)) >= 3
