"""Written answers and comments: Markdown with mathematics, as the formgrader shows it, and safe."""

import re
import time

import nbformat
import pytest
from nbconvert.filters import markdown2html

from autograder.pages.markdown import as_html
from autograder.pages.mathematics import mathml
from autograder.pages.safe import MOST_TEXT, LeftOutError, Room
from tests.pages.making import body, page, words, written


def shown(source, **more):
    return as_html(source, Room(), **more)


AS_EVER = {
    "code with signs": "Use `a < b & c > d`, or\n\n    x = '<y>'\n",
    "an apostrophe": "The value V(s') isn't \"known\" & that's it; a < b.",
    "a quotation": "> The clock is *not* the pole.\n> It only cuts.\n\nAfter it.",
    "paragraphs": "One.\n\nTwo.\n\nThree\nin two lines.",
    "lists": "- a\n- b\n    1. c\n    2. d\n",
    "a table": "|a|b|\n|-|-:|\n|1|2|\n",
    "a fence without a language": "```\nif x < 1:\n    pass\n```\n",
    "emphasis": "**bold**, *slanted*, ~~struck~~ and <b>bold</b> again<br>below",
}


@pytest.mark.parametrize("formula", [r"$|1-c\alpha|<1$", r"$\|\theta\|$ and $|x|$", "$p(a|s)$"])
def test_a_bar_in_a_formula_begins_no_column(formula):
    """JupyterLab takes formulas out before it reads a table; nbconvert's reader would lose the table."""
    html = shown(f"| step | factor |\n| --- | --- |\n| {formula} | c |\n")
    assert html.count("<td") == 2 and "<math" in html.partition("</td>")[0] and "|" in html
    assert shown("a | b and $|x|$").count("<math") == 1


@pytest.mark.parametrize("kind", AS_EVER)
def test_text_is_shown_as_the_formgrader_shows_it(kind):
    """The formgrader's HTML comes from nbconvert; how a tag is written may differ."""

    def plain(html):
        return re.sub(r"\s+", " ", html.replace("<code>", "").replace("</code>", "").replace("&quot;", '"'))

    theirs = plain(markdown2html(AS_EVER[kind])).replace(' style="text-align:right"', "")
    ours = plain(shown(AS_EVER[kind])).replace(' style="text-align:right"', "")
    assert ours.split() == theirs.split()


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("`x < y`", "<code>x &lt; y</code>"),
        ("V(s') stays", "<p>V(s') stays</p>"),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ('it\'s "so" & more', '<p>it\'s "so" &amp; more</p>'),
        ("- [ ] open\n- [x] done", "☐ open"),
    ],
)
def test_nothing_is_escaped_twice(source, read):
    assert read in shown(source)


@pytest.mark.parametrize(
    "source",
    ["a <b and c> d", "<b and c> d", "if x <y> z", "if i<n and m>n then", "a List<int> of x", "<p and q> r"],
)
def test_what_only_looks_like_a_tag_keeps_its_words(source):
    assert words(shown(source)) == source


@pytest.mark.parametrize(
    "source", ["<b>d</b>", "<details open><b>d</b></details>", "<center><b>d</b></center>"]
)
def test_a_tag_is_no_word(source):
    assert "<b>d</b>" in shown(source) and words(shown(source)) == "d"


def test_the_paragraphs_of_a_comment_stand_apart_and_its_formulas_are_made():
    html = page(written("An answer."), comment="Good, but `V(s')` < 1.\n\nAnd $\\gamma$?")
    comment = html.partition('<div class="comment">')[2].partition("</div>")[0]
    assert "<p>Good, but <code>V(s')</code> &lt; 1.</p>\n<p>And <math><mi>γ</mi></math>?</p>" in comment


@pytest.mark.parametrize(
    ("source", "formulas"),
    [
        ("$x$", 1),
        ("$$x$$", 1),
        ("in a line $x$, and $$y$$ apart", 2),
        (r"\\(x\\) and \\[y\\]", 2),
        ("\\begin{align} a &= b \\\\ c &= d \\end{align}", 1),
        ("costs \\$5, or \\$6", 0),
        ("a dollar: $5", 0),
        ("`$x$` and ``a ` $y$``", 0),
        ("```python\nprice = '$5$'\n```", 0),
        ("~~~\n$$x$$\n~~~", 0),
        ("pay $5 for `$HOME` then", 0),
        (r"escaped as Markdown has it: \(x\)", 0),
    ],
)
def test_a_formula_is_what_jupyter_takes_for_one(source, formulas):
    assert shown(source).count("<math") == formulas
    assert "\ue000" not in shown(source)


MATHEMATICS = {
    r"\frac{a}{b}": "<mfrac><mi>a</mi><mi>b</mi></mfrac>",
    r"\hat{A}_t": '<msub><mover accent="true"><mi>A</mi>',
    r"\mathbb{E}": "<mi>𝔼</mi>",
    r"\mathbb E": "<mi>𝔼</mi>",
    r"\boldsymbol{\theta}": "<mi>𝜽</mi>",
    r"\text{if } x": "<mtext>if </mtext>",
    r"\text{old_policy}": "<mtext>old_policy</mtext>",
    r"\text{a $x$ b}": "<mtext>a </mtext><mi>x</mi><mtext> b</mtext>",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}": "<mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr>",
    r"\operatorname*{arg\,max}_a": "max",
    r"\mathop{\arg\max}\limits_a Q": "arg max",
    r"\mathds{1}": "<mi>𝟙</mi>",
    r"\newcommand{\E}{\mathbb{E}} \E[x]": "<mi>𝔼</mi>",
    r"x \tag{7}": "<mtext>(7)</mtext>",
    r"\nabla_\theta J": "∇</mi></mrow><mi>θ</mi></msub>",
}


@pytest.mark.parametrize("latex", MATHEMATICS)
def test_mathematics_is_made_when_the_page_is_written(latex):
    html = shown(f"$${latex}$$").replace("&nbsp;", " ").replace("\u2009", " ")  # the spaces of mathematics
    assert "<math" in html and MATHEMATICS[latex] in html
    assert "$$" not in html and "\\" not in html


@pytest.mark.parametrize(
    ("latex", "rows"),
    [
        (r"\begin{aligned} a &= b \\ &= c \\ &= d \end{aligned}", 3),
        (r"a = b \\ c = d", 2),
        (r"a &= b \\ &= c", 2),
        (r"\begin{cases} 1 & x > 0 \\ 0 & \text{else} \end{cases}", 2),
        (r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}", 2),
        (r"\begin{equation}\begin{split} a &= b \\ &= c \end{split}\end{equation}", 2 + 1),
    ],
)
def test_a_formula_of_several_lines_has_as_many(latex, rows):
    assert shown(f"$${latex}$$").count("<mtr>") == rows


@pytest.mark.parametrize(
    "source",
    [r"$\frac{a}{$", r"$$x_1_2$$", r"$\left( x$", r"$$\begin{nothing} x \end{nothing}$$", "$a & b$", "${$"],
)
def test_bad_latex_stays_what_was_written(source):
    assert source in words(shown(f"Before {source} after.")) or source in words(shown(source))


@pytest.mark.parametrize("latex", [r"\argmx_a Q", r"\KL(p)", r"\foo{x} + 1"])
def test_an_unknown_command_is_named_and_the_rest_of_the_formula_is_made(latex):
    html = shown(f"${latex}$")
    assert re.search(r"<merror><mtext>\\\w+</mtext></merror>", html) and "<mi>" in html


@pytest.mark.parametrize(
    "latex",
    [
        "{" * 3000 + "x" + "}" * 3000,
        "x^{" * 200 + "x" + "}" * 200,
        "x+" * 10_000,
        r"\newcommand{\a}[1]{\a{#1#1}}\a{x}",
        r"\newcommand{\a}{\a\a}\a",
        r"\newcommand{\a}{" + "x" * 2000 + "}" + r"\a" * 300,
    ],
    ids=["deep", "high", "long", "doubling", "calling itself", "growing"],
)
def test_a_formula_that_would_have_no_end_is_left_as_it_is(latex):
    begun = time.monotonic()
    with pytest.raises(LeftOutError):
        mathml(latex, display=True)
    assert time.monotonic() - begun < 2


N = MOST_TEXT
HEAVY = {
    "brackets": "[" * N,
    "pictures": "![" * (N // 2),
    "stars": "*a **a " * (N // 7),
    "quotations": ">" * N,
    "backticks": "".join("`" * i + "a" for i in range(190)),
    "beginnings of formulas": "\\\\(" * (N // 3),
    "environments": "\\begin{a}" * (N // 9),
    "tags": "<div>" * (N // 5),
    "tables": "a|b\n-|-\n" + "|\n" * (N // 2),
    "dollars": "$a" * (N // 2),
    "definitions": "a\n: b\n" * (N // 6),
    "far too much": "word " * N,
}


@pytest.mark.parametrize("kind", HEAVY)
def test_no_text_takes_long_or_fails(kind):
    begun = time.monotonic()
    html = shown(HEAVY[kind])
    assert html and time.monotonic() - begun < 5
    assert ("more characters are left out here" in html) == (len(HEAVY[kind]) > N)


def test_many_long_texts_on_one_page_leave_room_for_the_answer_and_the_comment():
    begun = time.monotonic()
    notes = [nbformat.v4.new_markdown_cell(HEAVY["brackets"]) for _ in range(100)]
    html = page(*notes, written("My answer."), comment="My comment.")
    assert "more characters are left out here" in html
    assert "My answer." in html and "My comment." in html
    assert len(html) < 1_000_000 and time.monotonic() - begun < 20


def test_the_headings_of_an_answer_stand_below_those_of_the_page():
    html = body(page(written("# First\n\n## Second\n\n###### Sixth")))
    assert "<h3>First</h3>" in html and "<h4>Second</h4>" in html and "<h6>Sixth</h6>" in html
    assert "<h1" not in html and html.count("<h2") == 1


@pytest.mark.parametrize(
    "source", ["half \ud800 a character", "a\0b", "\u202ebackwards", "", "\ue000", "\r\n\r\n"]
)
def test_odd_characters_cost_nothing(source):
    cell = written("before " + source.encode("utf-8", "replace").decode() + " after")
    assert {"before", "after"} <= set(words(body(page(cell))).split())
    assert isinstance(shown(source), str)
