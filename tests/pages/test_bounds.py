"""What a page shows of absurd work has an end, is said to have one, and takes no long time."""

import struct
import time
import zlib

import nbformat
import pytest

from autograder.pages.markdown import MOST_COLOURED, coloured
from autograder.pages.pictures import MOST_PIXELS, MOST_SHELVED
from autograder.pages.safe import MOST_LINES, Room
from tests.pages.making import base64_of, code, displayed, page, picture, pictures_in, words, written

SECONDS = 10


def png_of(width, height):
    """Return the beginning of a picture that says it is so large; nobody has to unpack it."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + head
        + struct.pack(">I", zlib.crc32(head))
        + b"\0\0\0\0IDAT"
    )


def stream(text):
    return nbformat.v4.new_output("stream", text=text)


@pytest.mark.parametrize("blank", ["", "   ", "\t"])
def test_of_very_many_lines_the_first_are_shown_and_the_others_counted(blank):
    begun = time.monotonic()
    html = page(code("first = 1\n" + f"{blank}\n" * (MOST_LINES + 899) + "last = 1"), written("My answer."))
    assert time.monotonic() - begun < SECONDS
    assert "first = 1" in html and "last = 1" not in html and "My answer." in html
    assert "(… 901 lines more are not shown)" in words(html)


@pytest.mark.parametrize("show", [lambda text: code("1", stream(text)), nbformat.v4.new_raw_cell])
def test_lines_that_were_printed_and_raw_ones_too(show):
    html = words(page(show("line\n" * MOST_LINES + "beyond\n" * 50)))
    assert "beyond" not in html and "(… 50 lines more are not shown)" in html


def test_one_long_line_is_cut_and_its_characters_counted():
    html = words(page(code("x = '" + "a" * 60_000 + "'")))
    assert "(… 10,006 characters more are not shown)" in html


def test_a_page_has_room_for_so_much_plain_text_and_for_every_verdict_beside_it():
    html = page(*[code("1", stream("a" * 20_000)) for _ in range(60)], written("My answer."))
    assert len(html) < Room().plain + 100_000
    assert words(html).count("… 20,000 characters more are not shown") == 60 - Room().plain // 20_000
    assert "My answer." in html


@pytest.mark.parametrize(
    "source",
    [" " * 200 + "a", "a\n" + "\n" * 200, "a." * 100 + "a", "*" * 80, "a = 1\n" * (MOST_COLOURED // 6 + 1)],
)
def test_code_that_would_take_long_to_colour_is_shown_without_colours(source):
    assert "<span" not in coloured(source)
    assert "<span" in coloured("a = " + source[:60].strip())


def test_so_is_that_in_a_text():
    assert "<span" not in page(written("```python\na = 1\n" + "\n" * 200 + "```"))
    assert "<span" in page(written("```python\na = 1\n```"))


def test_a_picture_that_says_it_has_too_many_dots_is_left_out():
    side = int(MOST_PIXELS**0.5)
    assert side**2 == MOST_PIXELS
    for height, said in ((side, ""), (side + 1, "100 million dots"), (30 * side, "3,000 million dots")):
        data = {"image/png": base64_of(png_of(side, height))}
        html = page(code("1", displayed(data)))
        assert bool(pictures_in(html)) == (not said)
        assert said in words(html)
        assert not said or "more than a page can show" in words(html)


def test_one_picture_shown_over_and_over_is_looked_at_so_many_times():
    room = Room()
    cell = written(
        "![a](attachment:a.png)" * (room.looks + 3), {"a.png": {"image/png": base64_of(picture())}}
    )
    html = page(cell)
    assert len(pictures_in(html)) == room.looks
    assert words(html).count("the page has more of them than one may") == 3


@pytest.mark.parametrize(
    "html",
    ["<svg " * 200_000, "<svg>" * 200_000 + ">", "<svgx " * 200_000 + "</svg>", "<svg>a</svg>" * 100_000],
)
def test_drawings_without_an_end_are_looked_through_once(html):
    begun = time.monotonic()
    made = page(code("1", displayed({"text/html": "before " + html})), written("My answer."))
    assert time.monotonic() - begun < SECONDS and len(made) < 1_000_000
    assert "before" in made and "My answer." in made


def test_a_drawing_whose_tag_never_ends_is_no_drawing():
    begun = time.monotonic()
    cell = written("![a](attachment:a.svg)" * 50, {"a.svg": {"image/svg+xml": "<svg " * 200_000}})
    html = page(cell)
    assert time.monotonic() - begun < SECONDS
    assert words(html).count("a.svg” cannot be read") == 50


def test_drawings_are_pictures_each():
    one = '<svg width="9"><path d="M0 0"/></svg>'
    html = page(code("1", displayed({"text/html": f"a {one} b {one} c<svgs>"})))
    assert [kind for kind, _ in pictures_in(html)] == ["image/svg+xml"] * 2
    assert "a b c" in words(html)
    assert MOST_SHELVED > 2
