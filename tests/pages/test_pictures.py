"""Pictures on the page: those that can be shown are, and a sentence stands in the place of each other one."""

import base64
import re
from urllib.parse import quote

import pytest

from autograder.pages.pictures import MOST_BYTES
from autograder.pages.safe import Room
from tests.pages.making import base64_of, body, code, displayed, page, picture, pictures_in, words, written

PNG, JPEG, SVG = picture("png"), picture("jpeg"), picture("svg")
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
KINDS = {"image/png": PNG, "image/jpeg": JPEG, "image/svg+xml": SVG, "image/gif": GIF}
SCRIPTED = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'


def attached(name, content, kind="image/png", source=None):
    return written(source or f"![it](attachment:{name})", attachments={name: {kind: base64_of(content)}})


@pytest.mark.parametrize("kind", KINDS)
def test_an_attachment_is_shown_in_every_kind(kind):
    ((shown, content),) = pictures_in(page(attached("it", KINDS[kind], kind)))
    assert shown == kind
    assert content == KINDS[kind] or (kind == "image/svg+xml" and content.endswith(KINDS[kind][-1000:]))


@pytest.mark.parametrize(
    "written_as",
    ["{name}", "{quoted}", "<{name}>"],
    ids=["as old notebooks have it", "as JupyterLab has it", "in angle brackets"],
)
@pytest.mark.parametrize("name", ["my plot.png", "Bild für §3 (neu).png", "a b  c"])
def test_the_name_of_an_attachment_may_hold_spaces(name, written_as):
    address = written_as.replace("{", "attachment:{", 1).format(name=name, quoted=quote(name))
    html = page(attached(name, PNG, source=f"before ![it]({address}) after"))
    assert pictures_in(html) == [("image/png", PNG)], body(html)


@pytest.mark.parametrize(
    "source",
    [
        '<img src="attachment:a.png" width="300"/>',
        '<img alt="it" src="attachment:a.png">',
        "[![it](attachment:a.png)](https://example.org)",
        "|![it](attachment:a.png)|\n|-|\n",
    ],
)
def test_a_picture_is_shown_wherever_markdown_can_have_one(source):
    html = page(attached("a.png", PNG, source=source))
    assert pictures_in(html) == [("image/png", PNG)]
    assert re.search(r'<img[^>]* alt="[^"]+"', html)


def test_a_picture_in_the_text_itself_is_shown_whatever_its_length():
    address = f"data:image/png;base64,{base64_of(PNG * 30)}"
    assert len(address) > 20_000
    html = page(written(f"before ![it]({address}) after"))
    assert pictures_in(html) == [("image/png", PNG * 30)] and "after" in words(body(html))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("![it](attachment:gone.png)", "the picture “gone.png” is missing from the notebook"),
        ('<img src="attachment:my%20plot.png">', "the picture “my plot.png” is missing from the notebook"),
        (
            "![it](https://example.org/a.png)",
            "the picture “https://example.org/a.png” lies outside the notebook",
        ),
        ("![it](//example.org/a.png)", "the picture “//example.org/a.png” lies outside the notebook"),
        (
            "![it](plots/a.png)",
            "the picture “plots/a.png” lies outside the notebook and is not shown; paste it",
        ),
        ('<img src="../a.png">', "the picture “../a.png” lies outside the notebook"),
    ],
)
def test_a_sentence_stands_in_the_place_of_a_picture_that_is_not_there(source, said):
    html = page(written(f"before {source} after"))
    assert pictures_in(html) == []
    assert re.search(f"before .*{re.escape(said)}.* after", words(body(html)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read"),
        (b"%PDF-1.7 nothing to see", "it is no PNG, JPEG, GIF, WebP or SVG"),
        (b"<svg><g></svg>", "the SVG is broken in line 1"),
        (b'<!DOCTYPE s [<!ENTITY a "b">]><svg>&a;</svg>', "cannot be read"),
        (PNG + bytes(MOST_BYTES), "is larger than 5 megabytes and is left out"),
    ],
    ids=["empty", "a PDF", "broken", "entities", "large"],
)
def test_a_sentence_stands_in_the_place_of_a_picture_that_cannot_be_shown(content, said):
    html = page(attached("it.png", content), code("shown()", displayed({"image/png": base64_of(content)})))
    assert pictures_in(html) == []
    assert words(body(html)).count(said) == 2


@pytest.mark.parametrize(
    "attachments",
    [
        {},
        {"it": {}},
        {"it": {"image/png": "?"}},
        {"it": {"image/png": ["a", "b"]}},
        {"it": {"text/plain": ""}},
    ],
)
def test_odd_attachments_cost_nothing_but_themselves(attachments):
    html = page(written("before ![it](attachment:it) after", attachments=attachments), written("another"))
    assert pictures_in(html) == [] and {"before", "after", "another"} <= {*words(body(html)).split()}


def test_an_attachment_that_calls_itself_another_kind_is_shown_as_what_it_is():
    assert pictures_in(page(attached("it", JPEG, "image/png"))) == [("image/jpeg", JPEG)]


@pytest.mark.parametrize("where", ["attached", "displayed", "in the text", "in HTML"])
def test_an_svg_is_a_picture_and_no_part_of_the_page(where):
    """A browser runs no script of a picture; `test_safe` tries that."""
    html = {
        "attached": lambda: page(attached("it.svg", SCRIPTED, "image/svg+xml")),
        "displayed": lambda: page(code("1", displayed({"image/svg+xml": SCRIPTED.decode()}))),
        "in the text": lambda: page(written(f"![it](data:image/svg+xml;base64,{base64_of(SCRIPTED)})")),
        "in HTML": lambda: page(code("1", displayed({"text/html": f"<p>{SCRIPTED.decode()}</p>"}))),
    }[where]()
    ((kind, content),) = pictures_in(html)
    assert kind == "image/svg+xml" and b"<svg" in content
    assert "<svg" not in html and "alert" not in html


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("output", ["display_data", "execute_result"])
def test_a_figure_is_shown_in_every_kind_also_as_a_cells_last_value(kind, output):
    content = KINDS[kind].decode() if kind == "image/svg+xml" else base64_of(KINDS[kind])
    more = {"execution_count": 1} if output == "execute_result" else {}
    html = page(code("plot()", displayed({kind: content, "text/plain": "<Figure>"}, output, **more)))
    assert [each for each, _ in pictures_in(html)] == [kind]
    assert "&lt;Figure&gt;" not in html


@pytest.mark.parametrize(
    ("metadata", "size"),
    [
        ({"width": 288, "height": 144}, {"width": "288", "height": "144"}),
        ({"width": 10**9}, {}),
        ({"width": '"><script>', "height": None}, {}),
        ("wide", {}),
    ],
)
def test_a_sharp_figure_is_shown_in_the_size_it_was_made_for(metadata, size):
    html = page(code("1", displayed({"image/png": base64_of(PNG)}, metadata={"image/png": metadata})))
    (shown,) = re.findall(r"<img[^>]*>", html)
    assert dict(re.findall(r'(width|height)="([^"]*)"', shown)) == size


def test_every_picture_has_words_in_its_place():
    cell = code("plot()", *[displayed({"image/png": base64_of(PNG)})] * 2)
    assert re.findall(r'alt="([^"]*)"', page(cell)) == [
        "A cell you added, picture 1",
        "A cell you added, picture 2",
    ]
    assert 'alt="a picture"' in page(attached("it", PNG, source="![](attachment:it)"))


def test_a_page_holds_no_more_pictures_than_it_may_and_says_so():
    large = base64_of(PNG + bytes(MOST_BYTES - len(PNG)))
    html = page(*[code(f"{n}", displayed({"image/png": large})) for n in range(5)])
    assert len(pictures_in(html)) == Room().pictures // MOST_BYTES == 4
    assert words(body(html)).count("is left out: the page holds as many pictures as one may") == 1
