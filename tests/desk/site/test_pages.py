"""What the built pages show, what they load, and what is nowhere in them."""

import json
import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder.chapter.cells import BOOK, ROOT, chapters, exercise_names, helper_files, is_hunt
from autograder.chapter.cells import pages as pages_of_the_book
from tests.browser import chromium
from tests.secrets import secrets_in

LOADING = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
}
FOREIGN = re.compile(r"^(https?:)?//", re.I)


class Requests(HTMLParser):
    """Collect what a browser would load from other hosts when it opens a page."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        address = attributes.get(LOADING.get(tag, ""), "") or ""
        is_only_a_hint = tag == "link" and attributes.get("rel") in (
            "canonical",
            "search",
            "next",
            "prev",
            "index",
        )
        if FOREIGN.match(address) and not is_only_a_hint:
            self.foreign.append(address)

    def handle_data(self, data):
        self.foreign += re.findall(r"(?:@import\s+|url\()['\"]?((?:https?:)?//[^'\")\s]+)", data)


def foreign_requests(page: Path) -> list[str]:
    parser = Requests()
    parser.feed(page.read_text("utf-8"))
    return parser.foreign


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_no_page_loads_anything_from_another_host(site):
    assert len(pages(site)) >= 5
    assert {str(page): found for page in pages(site) if (found := foreign_requests(page))} == {}


def test_no_style_sheet_loads_anything_from_another_host(site):
    for sheet in site.rglob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S)
        assert not re.findall(r"(?:@import\s+|url\()['\"]?(?:https?:)?//", text), sheet


def test_the_search_for_foreign_requests_finds_them(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<script src="https://cdn.example.org/a.js"></script><style>@import url(//fonts.example.org)</style>'
    )
    assert foreign_requests(page) == ["https://cdn.example.org/a.js", "//fonts.example.org"]


def test_mathjax_comes_from_the_built_tree(site):
    page = (site / "book" / "e3_5_complete_formulas.html").read_text("utf-8")
    source = re.search(r'<script[^>]*src="([^"]*mathjax/[^"]*)"', page)[1].split("?")[0]
    assert (site / "book" / source).resolve().is_file()


def test_nothing_of_the_reference_or_the_hidden_checks_is_in_the_built_tree(site):
    files = [path for path in site.rglob("*") if path.is_file()]
    assert {str(path): found for path in files if (found := secrets_in(path))} == {}


def test_planted_secrets_are_found(site, tmp_path):
    """The positive control: a page, a notebook in an archive, and a source that do hold secrets."""
    page = tmp_path / "page.html"
    shutil.copy(site / "book" / "intro.html", page)
    page.write_text(page.read_text("utf-8") + (ROOT / "solutions" / "gae.py").read_text("utf-8"), "utf-8")
    assert "reference of gae" in secrets_in(page)
    archive = tmp_path / "notebook.zip"
    cell = {
        "cell_type": "code",
        "source": (ROOT / "solutions" / "dqn.py").read_text("utf-8").splitlines(True),
    }
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("chapter.ipynb", json.dumps({"cells": [cell]}))
    assert "reference of td_target" in secrets_in(archive)
    checks = tmp_path / "checks.md"
    shutil.copy(ROOT / "autograder" / "exercises" / "gae.py", checks)
    assert any(name.startswith("misconception of gae") for name in secrets_in(checks))
    assert any(name.startswith("case in gae") for name in secrets_in(checks))


def test_nothing_that_is_inserted_for_execution_reaches_a_page(site):
    for path in [*pages(site), *site.rglob("*.txt"), *site.rglob("*.md"), *site.rglob("*.ipynb")]:
        text = path.read_text("utf-8")
        assert "from solutions import" not in re.sub(r"<[^>]*>", "", text), path
        assert "# depends on" not in text, path


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
def test_the_page_shows_unfinished_exercises_and_the_outputs_of_right_answers(site, chapter):
    page = (site / "book" / f"{chapter.name}.html").read_text("utf-8")
    text = re.sub(r"<[^>]*>", "", page)
    exercises = exercise_names(chapter.notebook())
    hunts = sum(map(is_hunt, chapter.notebook().cells))
    assert text.count("raise NotImplementedError()") >= len(exercises) - hunts
    assert "NotImplementedError Traceback" not in re.sub(r"\s+", " ", text)
    assert page.count("cell_output") >= len(exercises)


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
def test_the_page_links_the_students_notebook(site, chapter):
    page = (site / "book" / f"{chapter.name}.html").read_text("utf-8")
    link = re.search(rf'href="([^"]*{chapter.name}\.zip)"', page)[1]
    with zipfile.ZipFile((site / "book" / link).resolve()) as archive:
        packed = {name for name in archive.namelist() if not name.endswith("/")}
    files = [f"{chapter.name}.ipynb", *(file.relative_to(BOOK) for file in helper_files(chapter.notebook()))]
    assert packed == {f"{chapter.name}/{file}" for file in files}


def test_every_figure_has_a_caption_and_an_alternative_text_that_is_not_the_caption(site):
    for chapter in chapters():
        page = (site / "book" / f"{chapter.name}.html").read_text("utf-8")
        pictures = re.findall(r"<img\b[^>]*_images[^>]*>", page)
        captions = [
            re.sub(r"<[^>]*>", "", c) for c in re.findall(r"<figcaption>(.*?)</figcaption>", page, re.S)
        ]
        assert len(pictures) == len(captions) > 0
        for picture in pictures:
            alternative = re.search(r'alt="([^"]*)"', picture)[1]
            assert len(alternative) > 20 and not any(alternative in caption for caption in captions), picture


def test_only_the_book_is_built(site):
    built = {page.relative_to(site).as_posix() for page in pages(site)}
    assert not any(name.startswith(("course/", "tests/", "solutions/", "autograder/")) for name in built)
    names = {"intro", "references", *(chapter.name for chapter in chapters())}
    assert {name for name in built if name.startswith("book/")} == {f"book/{name}.html" for name in names}


def test_one_search_box_and_no_thebe(site):
    page = (site / "book" / "intro.html").read_text("utf-8")
    assert "thebelab" not in page
    assert len(re.findall(r'<form class="bd-search', page)) <= 1


@pytest.mark.parametrize("page_of_the_book", pages_of_the_book(), ids=lambda page: page.name)
def test_the_page_is_whole_in_a_browser_without_network(site, page_of_the_book):
    page = site / "book" / f"{page_of_the_book.name}.html"
    dom = rendered(chromium(), page)
    formulas = len(re.findall(r"<(?:span|div) class=\"math notranslate", page.read_text("utf-8")))
    assert dom.count("<mjx-container") >= formulas, "the formulas are typeset"
    assert "<mjx-merror" not in dom, "no formula failed"
    assert ("MathJax" in dom) == bool(formulas)


def rendered(browser: str, page: Path) -> str:
    """Return the page's document after its scripts ran, with every host name unresolvable."""
    flags = (
        "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    )
    command = [
        browser,
        *flags.split(),
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--virtual-time-budget=30000",
    ]
    return subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120
    ).stdout


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
def test_a_figure_has_the_same_number_on_the_page_and_in_the_students_notebook(site, chapter):
    page = (site / "book" / f"{chapter.name}.html").read_text("utf-8")
    on_page = re.findall(r'<span class="caption-number">Fig. (\d+)', page)
    with zipfile.ZipFile(ROOT / "_build" / "notebooks" / f"{chapter.name}.zip") as archive:
        notebook = json.loads(archive.read(f"{chapter.name}/{chapter.name}.ipynb"))
    captions = ("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert (
        on_page == [match[1] for text in captions if (match := re.match(r"\*Figure (\d+)\.\*", text))] != []
    )
