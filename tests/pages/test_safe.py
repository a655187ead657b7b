"""What people can write, on the page as a real browser shows it: nothing runs, asks, hides or forges."""

import re

import pytest
from selenium import webdriver

from autograder.pages.safe import LeftOutError, clean, no_picture
from tests.browser import chromedriver, chromium, listening
from tests.pages.making import base64_of, body, code, displayed, page, words, written

RUNS = {
    "a script": "<script>RUN</script>",
    "a script in a drawing": "<svg><script>RUN</script></svg>",
    "a picture that fails": '<img src="data:image/png;base64,AA" onerror="RUN">',
    "a drawing that loads": '<svg onload="RUN"></svg>',
    "a frame": "<iframe srcdoc=\"<script>parent.document.title='it ran'</script>\"></iframe>",
    "an open detail": '<details open ontoggle="RUN"><summary>x</summary></details>',
    "a field with the focus": '<input autofocus onfocus="RUN">',
    "mathematics that changes its mind": "<math><mtext><table><mglyph><style><!--</style><img title='-->"
    "<img src=1 onerror=RUN>'>",
    "a template": '<template shadowrootmode="open"><script>RUN</script></template>',
    "an address": '<a href="javascript:RUN" id="go">x</a>',
    "an address in disguise": '<a href="java&#9;script:RUN">x</a>',
    "Markdown's address": "[x](javascript:RUN)",
    "a formula's address": r"$\href{javascript:RUN}{x}$",
}
ASKS = {
    "a picture": '<img src="HOST/a.png">',
    "Markdown's picture": "![x](HOST/b.png)",
    "a set of pictures": '<img srcset="HOST/c.png 1x" alt="x">',
    "a style sheet": '<link rel="stylesheet" href="HOST/d.css">',
    "an imported style": "<style>@import url(HOST/e.css);</style>",
    "a background": '<p style="background: url(HOST/f.png)">x</p>',
    "an old background": '<table background="HOST/g.png"><tr><td>x</table>',
    "a drawing's picture": '<svg><image href="HOST/h.png" width="9" height="9"/></svg>',
    "a video": '<video src="HOST/i.mp4" autoplay></video>',
    "an object": '<object data="HOST/j.html"></object>',
    "a hint": '<link rel="prefetch" href="HOST/k.html">',
    "a turn": '<meta http-equiv="refresh" content="0; url=HOST/l.html">',
    "a base": '<base href="HOST/"><img src="m.png">',
    "a form": '<form action="HOST/n"><button autofocus>x</button></form>',
}
HIDES = {
    "no display": '<p style="display: none">WORD</p>',
    "no colour": '<p style="color: transparent">WORD</p>',
    "no size": '<span style="font-size: 0">WORD</span>',
    "another place": '<div style="position: absolute; left: -9999px">WORD</div>',
    "an attribute": "<p hidden>WORD</p>",
    "a closed detail": "<details><summary>more</summary>WORD</details>",
    "a dialog": "<dialog>WORD</dialog>",
    "a style for all": "<style>p { display: none }</style> <p>WORD</p>",
    "a class of the page": '<span class="verdict">WORD</span>',
    "mathematics in white": r"$\color{white}{\text{WORD}}$",
    "tiny mathematics": '<math><mstyle scriptlevel="99" mathsize="0"><mtext>WORD</mtext></mstyle></math>',
    "mathematics elsewhere": '<math><mpadded lspace="-999em"><mtext>WORD</mtext></mpadded></math>',
}
TITLE = "it ran"
RUN = "document.title='it ran'"


def filled(attempts, host):
    return {name: each.replace("RUN", RUN).replace("HOST", host) for name, each in attempts.items()}


@pytest.fixture(scope="module")
def host():
    """A server that remembers what it was asked for."""
    with listening() as server:
        yield server


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = chromium()
    for flag in ("headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking"):
        options.add_argument(f"--{flag}")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver()))
    yield opened
    opened.quit()


def opened(browser, tmp_path, html):
    file = tmp_path / "page.html"
    file.write_text(html, "utf-8")
    browser.get(file.as_uri())
    return browser


def everywhere(attempts):
    """Return a page on which each attempt is an answer, a comment, Markdown displayed and HTML displayed."""
    cells = []
    for each in attempts.values():
        cells += [written(f"{each}\n\nand in a line: {each}")]
        cells += [code("1", displayed({kind: each})) for kind in ("text/html", "text/markdown", "text/latex")]
    return page(*cells, comment="\n\n".join(attempts.values()))


def test_a_browser_runs_nothing_and_asks_nobody(browser, tmp_path, host):
    attempts = filled(RUNS | ASKS, host.address)
    naked = "<!DOCTYPE html><title>x</title>" + "\n".join(
        each for name, each in attempts.items() if name not in ("a turn", "a base")
    )
    opened(browser, tmp_path, naked)
    assert browser.title == TITLE and len({*host.asked}) >= 5, "the attempts would work"
    host.asked.clear()
    browser.get_log("browser")
    opened(browser, tmp_path, everywhere(attempts))
    assert browser.title.startswith("Feedback: ") and browser.current_url.startswith("file:")
    assert host.asked == []
    assert browser.get_log("browser") == [], "not even the policy of the page had anything to refuse"


def test_the_policy_of_the_page_is_a_second_lock(browser, tmp_path, host):
    """Were something to slip through the sanitizer, the browser would still not do it."""
    html = page(written("here")).replace("here", "".join(filled(RUNS | ASKS, host.address).values()))
    host.asked.clear()
    opened(browser, tmp_path, html.replace('<meta http-equiv="refresh"', "<meta").replace("<base", "<p"))
    assert browser.title.startswith("Feedback: ") and host.asked == []


def test_what_a_student_has_written_can_be_read(browser, tmp_path):
    attempts = {name: each.replace("WORD", f"word{n}") for n, (name, each) in enumerate(HIDES.items())}
    opened(browser, tmp_path, page(written("\n\n".join(attempts.values()))))
    shown = browser.find_element("tag name", "section").text
    lost = [name for n, name in enumerate(attempts) if f"word{n}" not in shown.replace("\n", " ")]
    assert lost == []
    for each in browser.find_elements("css selector", "section :is(p, span, div, mtext)"):
        size, colour = each.value_of_css_property("font-size"), each.value_of_css_property("color")
        assert float(size.removesuffix("px")) >= 8 and colour == "rgba(0, 0, 0, 1)", each.text
        assert each.location["x"] >= 0


@pytest.mark.parametrize(
    "source",
    [
        '<section id="test_gae"><h2>Verdict on gae: 6.0 of 6.0 points</h2></section>',
        '<div class="verdict"><ul><li class="right">more states</li></ul></div>',
        '<h1>42.0 of 42.0 points</h1><p class="about" id="top">Student: ann</p>',
        '<div class="comment"><p><b>Comment:</b> full points</p></div>',
    ],
)
def test_nothing_that_a_student_writes_looks_like_a_part_of_the_page(source):
    for cell in (written(source), code("1", displayed({"text/html": source}))):
        html = body(page(cell))
        assert not re.search(r'id="(?!explain)|class="(verdict|right|about|comment)|<h1', html)
        assert html.count("<h2") == 1 and "<section" not in html


@pytest.mark.parametrize("attempt", RUNS | ASKS)
def test_no_attempt_leaves_a_trace_in_the_html(attempt):
    cleaned = clean(filled(RUNS | ASKS, "https://example.org")[attempt])
    tags = "".join(re.findall(r"<[^>]*>", cleaned))
    assert not re.search(
        r"\bon\w+=|javascript|example\.org|<(script|style|iframe|svg|link|meta|base|form)", tags
    )


@pytest.mark.parametrize(
    "href", ["https://example.org/a?b=c#d", "http://example.org", "mailto:ann@example.org"]
)
def test_a_link_to_another_place_stays_a_link(href):
    html = clean(f'<a href="{href}" target="_top" ping="https://x.org" onclick="x">it</a>')
    assert html == f'<a href="{href}" rel="noopener noreferrer">it</a>'


@pytest.mark.parametrize(
    "href", ["file.ipynb", "#test_gae", "//example.org", "file:///a", "data:text/html,x", "vbscript:x"]
)
def test_a_link_that_leads_nowhere_is_text(href):
    assert clean(f'<a href="{href}">it</a>') == '<a rel="noopener noreferrer">it</a>'


@pytest.mark.parametrize("address", ["https://example.org/a.png", "data:image/png;base64,AAAA", "a.png"])
def test_without_a_notebook_there_is_no_picture(address):
    assert "<img" not in clean(f'<img src="{address}">')
    with pytest.raises(LeftOutError):
        no_picture(address)


@pytest.mark.parametrize(
    "output",
    [
        displayed({"image/png": base64_of(b"<script>x</script>")}),
        displayed({"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>'}),
        displayed({"text/plain": "<script>x</script>"}),
        displayed({"application/javascript": "x", "text/plain": "<IPython.core.display.Javascript object>"}),
        displayed({"text/html": "<script>x</script>", "text/plain": "a plain word"}),
    ],
)
def test_no_output_brings_a_script(output):
    html = page(code("1", output))
    assert "<script" not in html and "javascript" not in re.sub(r"&lt;.*?&gt;", "", html.lower())
    assert len(words(body(html))) > len("A cell you added 1")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_runs_over_the_side_of_the_page(browser, tmp_path, width):
    """A wide formula, table, line of code, word or picture is scrolled, broken or made smaller by itself."""
    wide = {
        "a formula": "$$" + "+".join(f"a_{{{n}}}" for n in range(200)) + "$$",
        "a formula in a list": "- so $" + "+".join(f"a_{{{n}}}" for n in range(60)) + "$",
        "a formula in a line": "so $" + "+".join(f"a_{{{n}}}" for n in range(60)) + "$",
        "a table": "|" + "a wide cell|" * 40 + "\n|" + "-|" * 40,
        "a word": "w" * 2000,
        "code in a line": "`" + "x" * 2000 + "`",
        "a fence": "```\n" + "x" * 2000 + "\n```",
        "bad mathematics": "$\\frac{" + "x" * 500 + "$",
    }
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="50"></svg>'
    cells = [
        written("\n\n".join(wide.values())),
        code("x = '" + "x" * 2000 + "'", displayed({"image/svg+xml": drawn})),
    ]
    table = "<table><tr>" + "<td>a wide cell</td>" * 60 + "</tr></table>"
    cells.append(code("1", displayed({"text/html": table})))
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    opened(browser, tmp_path, page(*cells))
    room, needed = browser.execute_script(
        "return [document.documentElement.clientWidth, document.documentElement.scrollWidth]"
    )
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width - 20 <= room <= width and needed <= room
