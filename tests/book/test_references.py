"""Every number and name that a page refers to is there: equations, figures, sections, pages, papers."""

import re
from collections import Counter

import pytest
from pybtex.database import parse_file

from autograder.chapter.cells import BOOK, pages
from autograder.chapter.student_markdown import BIBLIOGRAPHY, figure_names

ROLE = re.compile(r"\{(eq|numref|ref|doc|cite(?::[pt])?)\}`([^`]+)`")
DRAWS = re.compile(r"plt\.show\(\)|^figures\.\w+\(", re.M)
"""How a cell draws: by itself, or by the one call of a function in `figures`."""
PAGES = pages()


def targets(text: str, *roles: str) -> set[str]:
    """Return what the roles of these names point to."""
    found = {(role, content) for role, content in ROLE.findall(text) if role in roles}
    return {re.sub(r"^.*<(.+)>$", r"\1", content, flags=re.S).strip() for _, content in found}


def labels(text: str) -> list[str]:
    return re.findall(r"^:label:\s*(\S+)", text, re.M)


def figures() -> list[str]:
    return [name for page in PAGES for name in figure_names(page.notebook())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_equation_that_is_referred_to_has_a_label(page):
    everywhere = {label for each in PAGES for label in labels(each.text)}
    assert targets(page.text, "eq") <= everywhere


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_figure_section_and_page_that_is_referred_to_is_there(page):
    assert targets(page.text, "numref") <= set(figures())
    anchors = {anchor for each in PAGES for anchor in re.findall(r"^\(([\w-]+)\)=$", each.text, re.M)}
    assert targets(page.text, "ref") <= anchors
    assert targets(page.text, "doc") <= {each.name for each in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_paper_that_is_cited_is_in_the_bibliography(page):
    cited = {
        key.strip() for keys in targets(page.text, "cite", "cite:t", "cite:p") for key in keys.split(",")
    }
    assert cited <= set(parse_file(str(BIBLIOGRAPHY)).entries)


def test_every_paper_of_the_bibliography_is_cited():
    text = "\n".join(page.text for page in PAGES)
    assert not [key for key in parse_file(str(BIBLIOGRAPHY)).entries if key not in text]


def test_no_label_of_an_equation_or_a_figure_is_used_twice():
    names = [label for page in PAGES for label in labels(page.text)] + figures()
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_figure_has_a_name_a_caption_an_alternative_text_and_the_one_style(page):
    for cell in page.notebook().cells:
        drawn = cell.metadata.get("mystnb", {})
        if not DRAWS.search(cell.source):
            continue
        caption, alternative = drawn["figure"]["caption"], drawn["image"]["alt"]
        assert drawn["figure"]["name"].startswith("fig-")
        assert len(alternative) > 60 and " ".join(alternative.split()) not in " ".join(caption.split())
    assert page.text.count('plt.style.use("course.mplstyle")') == bool(DRAWS.search(page.text))
    assert set(re.findall(r"plt\.style\.use\((.*?)\)", page.text)) <= {'"course.mplstyle"'}


def test_every_page_of_the_book_is_in_the_table_of_contents():
    assert {path.stem for path in BOOK.glob("*.md")} == {page.name for page in PAGES}
