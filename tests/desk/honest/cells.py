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


def helper_in(place, *, above=False, extra="def later(n, t):\n    return n * ~t\n"):
    """Leave the stub in its cell, with a helper of one's own beside it, and answer in a new cell below."""

    def change(nb):
        unfinished = stub(nb).source if place == "td_errors" else cell(nb, place).source
        cell(nb, place).source = f"{extra}\n\n{unfinished}" if above else f"{unfinished}\n\n\n{extra}"
        if place != "td_errors":
            cell(nb, "td_errors").source = stub(nb).source
            nb.cells.append(code(f"def {place}(*arguments):\n    return 0"))
        answer = TD_ERRORS.replace("next_values * ~terminated", "later(next_values, terminated)")
        nb.cells.insert(at(nb, "td_errors") + 1, code(answer))

    return notebook(change)


def at(nb, name):
    return place(nb, name)


def tried_again(first, second, where, marked=()):
    """Answer in the cell, and once more in a new one below it, below its tests, or at the end."""

    def change(nb):
        cell(nb, "td_errors").source = first
        behind = {"below": at(nb, "td_errors"), "below tests": at(nb, "test_td_errors"), "end": len(nb.cells)}
        nb.cells.insert(behind[where] + 1, code(second))

    return notebook(change, page=marked)


IDLE = {
    "pass": "def td_errors(*arguments):\n    pass",
    "dots": "def td_errors(*arguments):\n    ...",
    "words alone": 'def td_errors(*arguments):\n    """To do."""',
    "an inner function": TD_ERRORS.replace(
        "    return", "    def inner():\n        return 1\n    raise NotImplementedError()\n    return"
    ),
}


def idle_copy(source):
    return with_copy(lambda other: other.update(source=source))


def last_copy(source):
    """Answer wrongly in a first copy and rightly, by other means than a plain `def`, in the last."""

    def change(nb):
        two_answers(nb)
        cell(nb, "td_errors").source = WRONG
        last = nb.cells[place(nb, "td_errors") + 1]
        last.source = source

    return notebook(change)


LATER = "this one counts"
OTHERWISE = TD_ERRORS.replace("def td_errors", "def td2")
COPIES: dict[str, Case] = {
    **{f"a copy of {name}": idle_copy(source) for name, source in IDLE.items()},
    "a last copy that assigns": last_copy(OTHERWISE + "td_errors = td2"),
    "a last copy with a time": last_copy("%%time\n" + TD_ERRORS),
    "a last copy with a type": last_copy(
        TD_ERRORS.replace("def td_errors", "def td2") + "td_errors: object = td2"
    ),
    "a helper below the stub": helper_in("td_errors"),
    "a helper above the stub": helper_in("td_errors", above=True),
    "an import beside the stub": helper_in(
        "td_errors", extra="from numpy import multiply\n\n\ndef later(n, t):\n    return multiply(n, ~t)\n"
    ),
    "a helper in another stub's cell": helper_in("gae"),
    "tried again below": tried_again(WRONG, TD_ERRORS, "below", (LATER,)),
    "tried again below the tests": tried_again(WRONG, TD_ERRORS, "below tests", (LATER,)),
    "tried again at the end": tried_again(WRONG, TD_ERRORS, "end", (LATER,)),
    "tried again and worse below": tried_again(TD_ERRORS, WRONG, "below", ("an earlier one counts",)),
    "tried again and worse at the end": tried_again(TD_ERRORS, WRONG, "end", ("an earlier one counts",)),
    "the name borrowed at the end": tried_again(TD_ERRORS, "def td_errors(x):\n    return 2 * x", "end"),
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


def far_away(notes):
    """Type the words far from their cell, among so many notes."""

    def change(nb):
        cell(nb, QUESTION).source = "YOUR ANSWER HERE"
        nb.cells[1:1] = [each for n in range(notes) for each in (words(f"My note number {n}."), code("1"))]
        nb.cells[1:1] = [words(WORDS), code("1")]
        nb.cells.insert(1, code("1"))

    return notebook(change, page=("to be marked",))


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
    "printed below": in_another_cell(lambda text: code(f"print({text!r})"), "below"),
    "assigned below": in_another_cell(lambda text: code(f"answer = {text!r}"), "below"),
    "shown below": in_another_cell(lambda text: code("%%markdown\n" + text), "below"),
    "far away": far_away(0),
    "far away among notes": far_away(9),
    "as raw": retyped("raw"),
    "as code": retyped("code"),
    "in a new cell": notebook(deleted, page=(WORDS, "to be marked")),
    "no words at all": notebook(unanswered, points=NO_WORDS),
    "no words and a note above": notebook(
        lambda nb: [unanswered(nb), nb.cells.insert(1, code("# my own helper\nx = 1"))], points=NO_WORDS
    ),
}
