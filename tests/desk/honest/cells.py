"""Cells that were copied, split, moved, stripped of their names, or typed into other cells."""

import copy

import nbformat

from tests.classes import TD_ERRORS, cell
from tests.desk.honest import QUESTION, RIGHT, WORDS, Case, notebook

WRONG = TD_ERRORS.replace("- values", "+ values")
EARLIER = "An earlier answer of yours to <code>td_errors</code>, which does not count"
SAID = "Of several answers to <code>td_errors</code> the last counts"


def code(source):
    return nbformat.v4.new_code_cell(source)


def words(source):
    return nbformat.v4.new_markdown_cell(source)


def place(nb, name):
    return next(at for at, each in enumerate(nb.cells) if each is cell(nb, name))


def stub(nb):
    """Return the empty cell of the exercise, as it was released."""
    found = copy.deepcopy(cell(nb, "td_errors"))
    found.source = (
        "def td_errors(rewards, values, next_values, terminated, gamma):\n"
        '    """Return something."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    )
    return found


def with_copy(change, *, before=False):
    """Put a copy of the answered cell before or behind it, changed."""

    def both(nb):
        other = stub(nb)
        change(other)
        at = place(nb, "td_errors")
        nb.cells.insert(at if before else at + 1, other)

    return notebook(both)


def at_the_end(change):
    def both(nb):
        other = stub(nb)
        change(other)
        nb.cells.append(other)

    return notebook(both)


def emptied(other):
    other.source = ""


def blank(other):
    other.source = "  \n\n\t"


def comments(other):
    other.source = "# I will do this later\n"


def spaced(other):
    other.source = other.source.replace("    # YOUR CODE HERE\n", "    # here?\n\n\n").replace("\n", "\r\n")


def half_done(other):
    other.source = other.source.replace("# YOUR CODE HERE", "delta = rewards - values")


def as_it_was(other):
    pass


def nameless(other):
    other.metadata.clear()


def strip(nb, *, ids):
    for number, each in enumerate(nb.cells):
        each.metadata.clear()
        if not ids:
            each["id"] = f"new-{number}"


def without_tests(nb):
    nb.cells = [each for each in nb.cells if not str(each.metadata.get("nbgrader", {})).count("'test_")]


def two_answers(nb):
    first = copy.deepcopy(cell(nb, "td_errors"))
    first.source = WRONG
    nb.cells.insert(place(nb, "td_errors"), first)


def two_answers_far_apart(nb):
    last = copy.deepcopy(cell(nb, "td_errors"))
    cell(nb, "td_errors").source = WRONG
    nb.cells.append(last)


def three_answers(nb):
    two_answers(nb)
    two_answers(nb)


def stub_and_answer_elsewhere(nb):
    cell(nb, "td_errors").source = stub(nb).source
    nb.cells.insert(1, code(TD_ERRORS))


def answer_in_the_cell_of_another(nb):
    cell(nb, "td_errors").source = stub(nb).source
    cell(nb, "td_target").source = TD_ERRORS


def answer_in_the_tests(nb):
    cell(nb, "td_errors").source = stub(nb).source
    cell(nb, "test_td_errors").source = TD_ERRORS + "\n" + cell(nb, "test_td_errors").source


def answer_in_other_tests(nb):
    cell(nb, "td_errors").source = stub(nb).source
    cell(nb, "test_gae").source = TD_ERRORS


def split_from_its_helper(nb):
    answer = cell(nb, "td_errors")
    helper = copy.deepcopy(answer)
    helper.source = "def later(next_values, terminated):\n    return next_values * ~terminated\n"
    answer.source = TD_ERRORS.replace("next_values * ~terminated", "later(next_values, terminated)")
    nb.cells.insert(place(nb, "td_errors"), helper)


def the_line_that_raises_left_behind(nb):
    cell(nb, "td_errors").source = TD_ERRORS + "    raise NotImplementedError()\n"


def rebound(nb, lines):
    """Lose all names and all tests, and give the function's name to something else further down."""
    without_tests(nb)
    nb.cells.append(code("arrays = [np.ones(2)] * 3 + [np.zeros(2, bool), 0.5]\n" + lines))
    strip(nb, ids=False)


COPIES: dict[str, Case] = {
    "an empty copy behind": with_copy(emptied),
    "an empty copy before": with_copy(emptied, before=True),
    "an empty copy at the end": at_the_end(emptied),
    "a blank copy behind": with_copy(blank),
    "a copy of comments": with_copy(comments),
    "the stub behind": with_copy(as_it_was),
    "the stub at the end": at_the_end(as_it_was),
    "the stub with other lines": with_copy(spaced),
    "the stub with other lines at the end": at_the_end(spaced),
    "a copy half done": with_copy(half_done),
    "a copy half done at the end": at_the_end(half_done),
    "the stub without its name": with_copy(nameless),
    "the stub without its name at the end": at_the_end(nameless),
    "two answers": notebook(two_answers, page=(SAID, EARLIER)),
    "two answers far apart": notebook(two_answers_far_apart, page=(SAID,)),
    "three answers": notebook(three_answers, page=(SAID,)),
    "an answer above its stub": notebook(stub_and_answer_elsewhere),
    "an answer in another's cell": notebook(answer_in_the_cell_of_another),
    "an answer in the cell of tests": notebook(answer_in_the_tests),
    "an answer in other tests": notebook(answer_in_other_tests),
    "a helper split off": notebook(split_from_its_helper),
    "the line that raises": notebook(the_line_that_raises_left_behind),
}
NAMELESS: dict[str, Case] = {
    "names lost": notebook(lambda nb: strip(nb, ids=True)),
    "names and tests lost": notebook(lambda nb: [without_tests(nb), strip(nb, ids=True)]),
    "names lost and moved": notebook(lambda nb: [nb.cells.reverse(), strip(nb, ids=True)]),
    "names and ids lost": notebook(lambda nb: strip(nb, ids=False)),
    "names and ids and tests lost": notebook(lambda nb: [without_tests(nb), strip(nb, ids=False)]),
    "rebound by itself": notebook(lambda nb: rebound(nb, "td_errors = td_errors(*arrays)")),
    "rebound by a loop": notebook(lambda nb: rebound(nb, "for td_errors in range(3):\n    pass")),
    "rebound by a file": notebook(lambda nb: rebound(nb, "with open('x', 'w') as td_errors:\n    pass")),
    "rebound by a number": notebook(lambda nb: rebound(nb, "td_errors = 2.4")),
}


def second_half_empty(nb):
    half = copy.deepcopy(cell(nb, QUESTION))
    half.source = ""
    nb.cells.insert(place(nb, QUESTION) + 1, half)


def first_half_empty(nb):
    half = copy.deepcopy(cell(nb, QUESTION))
    half.source = "YOUR ANSWER HERE"
    nb.cells.insert(place(nb, QUESTION), half)


def in_two_halves(nb):
    half = copy.deepcopy(cell(nb, QUESTION))
    half.source = "The second half."
    nb.cells.insert(place(nb, QUESTION) + 1, half)


def in_another_cell(make, where, *, keep=""):
    """Leave the cell of the answer as it was, or with `keep`, and type the words into another cell."""

    def change(nb):
        cell(nb, QUESTION).source = keep or "YOUR ANSWER HERE"
        at = {"below": place(nb, QUESTION) + 1, "above": place(nb, QUESTION), "end": len(nb.cells)}[where]
        nb.cells.insert(at, make(WORDS))

    return notebook(change, page=(WORDS, "to be marked"))


def deleted(nb):
    """Delete the cell of the answer and type the words into a new one."""
    nb.cells[place(nb, QUESTION)] = words(WORDS)


def retyped(kind):
    def change(nb):
        old = cell(nb, QUESTION)
        nb.cells[place(nb, QUESTION)] = getattr(nbformat.v4, f"new_{kind}_cell")(WORDS, metadata=old.metadata)

    return notebook(change, page=(WORDS, "to be marked"))


def unanswered(nb):
    cell(nb, QUESTION).source = "YOUR ANSWER HERE"


NO_WORDS = {name: points for name, points in RIGHT.items() if name != QUESTION}
ANSWERS_IN_WORDS: dict[str, Case] = {
    "second half empty": notebook(second_half_empty, page=(WORDS,)),
    "first half empty": notebook(first_half_empty, page=(WORDS,)),
    "in two halves": notebook(in_two_halves, page=(WORDS, "The second half.")),
    "below": in_another_cell(words, "below"),
    "above": in_another_cell(words, "above"),
    "at the end": in_another_cell(words, "end"),
    "below and blank": in_another_cell(words, "below", keep="  \n"),
    "raw below": in_another_cell(nbformat.v4.new_raw_cell, "below"),
    "code below": in_another_cell(code, "below"),
    "a comment below": in_another_cell(lambda text: code("# " + text), "below"),
    "a text in quotes below": in_another_cell(lambda text: code(f'"""{text}"""'), "below"),
    "as raw": retyped("raw"),
    "as code": retyped("code"),
    "in a new cell": notebook(deleted, page=(WORDS, "to be marked")),
    "no words at all": notebook(unanswered, points=NO_WORDS),
    "no words and a note above": notebook(
        lambda nb: [unanswered(nb), nb.cells.insert(1, code("# my own helper\nx = 1"))], points=NO_WORDS
    ),
}
