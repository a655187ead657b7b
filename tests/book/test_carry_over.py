"""`carry_over` fetches a student's own functions from the notebooks of earlier chapters.

What is right is what Jupyter makes of the same cells: IPython runs them all, and its `f` is asked the same.
"""

import codecs
import contextlib
import pickle
import subprocess
import sys
import traceback
import types
import typing

import matplotlib.pyplot as plt
import nbformat
import nbformat.v3
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from traitlets.config import Config

from autograder.chapter.cells import BOOK, ROOT

CHAPTER = "e3_2_policy_gradient"
OWN = f"{CHAPTER}.ipynb"
TWICE = "def f(x):\n    return 2 * x"
STUB = "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


@pytest.fixture
def here(monkeypatch, tmp_path):
    """The folder of a later chapter's notebook, empty but for what a test puts into it."""
    monkeypatch.syspath_prepend(str(BOOK))
    here = tmp_path / "e3_6_reference"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    before = set(sys.modules)
    yield here
    for name in set(sys.modules) - before:
        if name.startswith(("carry", "helpers")):
            del sys.modules[name]


@pytest.fixture
def carry_over(here):
    """The function, called from an empty folder, as a later chapter's notebook would call it."""
    from carry_over import carry_over

    return carry_over


@pytest.fixture
def later(carry_over, tmp_path):
    """The IPython of the later chapter's notebook, where `carry_over` is called."""
    yield Shell.instance(**ipython(tmp_path, "later"))
    Shell.clear_instance()


class Shell(InteractiveShell):
    """IPython as a kernel has it: no window is opened for pictures."""

    def enable_gui(self, gui=None):
        pass


def ipython(folder, name):
    settings = Config(HistoryManager={"enabled": False})
    module = types.ModuleType(name)
    return {"ipython_dir": str(folder / "ipython"), "user_module": module, "config": settings}


def what_jupyter_makes_of_f(folder, sources):
    """Run the cells as Jupyter would, each of them to its first error; return what f(2) is then."""
    with pytest.MonkeyPatch.context() as patch:  # a kernel of its own has these of its own
        patch.setattr(sys, "path", [*sys.path])
        patch.setitem(sys.modules, "__main__", None)
        shell = Shell(**ipython(folder, "__main__"))
        with contextlib.chdir(folder):
            for source in sources:
                shell.run_cell(source, store_history=True)
        for name in ("helpers", "helpers_in_lib"):
            sys.modules.pop(name, None)
        plt.close("all")
        return shell.user_ns["f"](2)


def write(path, *sources):
    """Write a notebook; a source may come with the tag of its cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pairs = [(source, []) if isinstance(source, str) else (source[0], [source[1]]) for source in sources]
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": tags}) for source, tags in pairs]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_the_students_own_function_comes_with_what_it_needs(carry_over, here):
    write(
        here / OWN,
        "%matplotlib inline\nimport numpy as np",
        "def helper(x):\n    return 2 * np.asarray(x)",
        "factor = 3\n\ndef advantage(returns, values):\n    return factor * helper(returns) - values",
        "def softmax(logits):\n    return logits",
    )
    advantage, softmax = carry_over(CHAPTER, "advantage", "softmax")
    assert advantage([1, 2], 1).tolist() == [5, 11]
    assert softmax(4) == 4


def test_the_notebook_may_lie_in_a_folder_of_its_own_name_beside(carry_over, tmp_path):
    write(tmp_path / CHAPTER / OWN, "def advantage(returns, values):\n    return 1")
    assert carry_over(CHAPTER, "advantage")(0, 0) == 1


AS_IPYTHON_READS_IT = {
    "a line that begins with a per cent": ["k = (7\n% 4\n)\ndef f(x):\n    return k + x"],
    "a line that begins with an exclamation mark": ["k = (7\n!= 4\n)\ndef f(x):\n    return k + x"],
    "a string of lines that look like magics": ["k = '''\n%time\n!ls\n'''\ndef f(x):\n    return k * x"],
    "a line separator in a string": ["k = 'a\u2028b'\ndef f(x):\n    return k * x"],
    "a paragraph separator in a comment": ["k = 1  # a\u2029def f(x: no Python\ndef f(x):\n    return k + x"],
    "a form feed between functions": ["k = 1\n\f\ndef f(x):\n    return k + x"],
    "a form feed in a string": ["k = 'a\fb'\ndef f(x):\n    return k * x"],
    "a vertical tab in a string": ["k = 'a\vb'\ndef f(x):\n    return k * x"],
    "line ends of Windows": ["k = 1\r\n\r\ndef f(x):\r\n    return k + x\r\n"],
    "a shell's output": ["k = !echo 7", "def f(x):\n    return int(k[0]) + x"],
    "a shell's output with a name in it": ["n = 7\nk = !echo {n} $n", "def f(x):\n    return k[0] * x"],
    "a shell's output by a magic": ["k = %sx echo 7", "def f(x):\n    return int(k[0]) + x"],
    "a shell's line in the function's cell": [f"!echo hello\n{TWICE}\n!echo"],
    "help behind a name": [f"import math\nmath.sin?\n{TWICE}\nf??"],
    "help before a name": [f"?print\n{TWICE}"],
    "help in another cell": ["k = 1\nprint?", "def f(x):\n    return k + x"],
    "a timed statement": ["%time k = 3", "def f(x):\n    return k + x"],
    "a timed value": ["k = %time 3 + 4", "def f(x):\n    return k + x"],
    "a timed statement in a loop": [
        "k = []\nfor n in range(3):\n    %time k.append(n)\ndef f(x):\n    return k + [x]"
    ],
    "a timed statement in a condition": [
        "if True:\n    %time k = 3\n    !echo",
        "def f(x):\n    return k + x",
    ],
    "a magic alone in a block": [
        "try:\n    %matplotlib inline\nexcept Exception:\n    pass\nk = 1",
        "def f(x):\n    return k + x",
    ],
    "a profiled statement with options": [f"%prun -q -l 5 1 + 1\n{TWICE}"],
    "a profiled cell with options": [f"%%prun -q -l 5\n{TWICE}"],
    "a timed cell": [f"%%time\n{TWICE}"],
    "a timed cell below empty lines": [f"\n\n%%time\nk = 3\n{TWICE}"],
    "a captured cell": [f"%%capture out --no-stderr\n{TWICE}\nprint(f(1))"],
    "a magic in a captured cell": [f"%%capture\n%time k = 2\n%matplotlib inline\n{TWICE}"],
    "a cell that is measured and binds nothing": [TWICE, "%%timeit -n1 -r1\nf = 3"],
    "a cell for another language": ["%%html\n<b>def f(x): no Python</b>", TWICE],
    "prompts that were pasted": [">>> k = 1\n>>> def f(x):\n...     return k + x"],
    "IPython's prompts that were pasted": ["In [1]: def f(x):\n   ...:     return 2 * x"],
    "a cell that is indented": ["    k = 1\n    def f(x):\n        return k + x"],
    "a call without brackets": ["k = []\n/k.append 7", "def f(x):\n    return k + [x]"],
    "await": ["import asyncio\nk = await asyncio.sleep(0, 7)", "def f(x):\n    return k + x"],
    "a task that another cell awaits": [
        "import asyncio\nasync def seven():\n    return 7",
        "task = asyncio.get_running_loop().create_task(seven()) if await seven() else None",
        "k = await task",
        "def f(x):\n    return k + x",
    ],
    "async for": [
        "async def numbers():\n    yield 7",
        "async for k in numbers():\n    pass",
        "def f(x):\n    return k + x",
    ],
    "async with": [
        "import contextlib\n@contextlib.asynccontextmanager\nasync def seven():\n    yield 7",
        "async with seven() as k:\n    pass\ndef f(x):\n    return k + x",
    ],
    "annotations that are values": ["def f(x: int):\n    return f.__annotations__['x'] is int"],
    "annotations that are text, from another cell on": [
        "from __future__ import annotations",
        "def f(x: no_such_name):\n    return f.__annotations__['x'] * x",
    ],
    "annotations that are text, from the middle of a cell on": [
        "k = 1\nfrom __future__ import annotations\ndef f(x: no_such_name):\n    return k + x"
    ],
}
LOOKED_UP_BY_NAME = {
    "a dataclass": [
        "from dataclasses import dataclass",
        "@dataclass\nclass Pair:\n    a: int\n    b: int = 2",
        "def f(x):\n    return repr(Pair(x))",
    ],
    "a dataclass whose annotations are text": [
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import ClassVar",
        "@dataclass\nclass Pair:\n    a: int\n    k: ClassVar[int] = 3",
        "def f(x):\n    return repr(Pair(x)), Pair.k",
    ],
    "an enumeration and a named tuple": [
        "import enum, typing\nclass Kind(enum.Enum):\n    one = 1",
        "class Pair(typing.NamedTuple):\n    kind: Kind\n    x: int",
        "def f(x):\n    return repr(Pair(Kind.one, x))",
    ],
    "the hints of a function": [
        "import typing\nclass Pair:\n    pass\ndef g(x: 'Pair'):\n    pass",
        "def f(x):\n    return typing.get_type_hints(g)['x'] is Pair",
    ],
    "an object that is pickled and read again": [
        "import pickle\nclass Pair:\n    def __init__(self, x):\n        self.x = x",
        "def f(x):\n    return pickle.loads(pickle.dumps(Pair(x))).x",
    ],
    "code for the main module": ["if __name__ == '__main__':\n    k = 3", "def f(x):\n    return k + x"],
}
WHAT_IT_NEEDS = {
    "a constant of another cell": ["k = 3", "def f(x):\n    return k + x"],
    "a constant made of others": ["a = 3\nb = a + 1", "k = [a, b]", "def f(x):\n    return k * x"],
    "constants bound together": ["a, (b, *k) = 1, (2, 3, 4)", "def f(x):\n    return a, b, k, x"],
    "a constant bound in an expression": ["print(k := 3)", "def f(x):\n    return k + x"],
    "a constant bound in a comprehension": ["[k := n for n in range(4)]", "def f(x):\n    return k + x"],
    "random numbers that other cells draw as well": [
        "import random\nrng = random.Random(3)",
        "other = rng.random()\nrng.random()",
        "k = rng.random()\ndef f(x):\n    return k + x",
    ],
    "a constant as a default": ["k = 3", "def f(x, more=k):\n    return more + x", "k = 5"],
    "an annotated constant": ["k: int = 3", "def f(x):\n    return k + x"],
    "a constant that grows": ["k = 3\nk += 1", "k *= 2", "def f(x):\n    return k + x"],
    "a table filled in another cell": ["k = {}", "k['a'] = 3\nk['b'] = 4", "def f(x):\n    return k, x"],
    "a list filled in a loop": [
        "k = []",
        "for n in range(3):\n    k.append(n)",
        "def f(x):\n    return k, x",
    ],
    "an array changed by a library": [
        "import numpy as np\nk = np.ones((2, 2))\nnp.fill_diagonal(k, 5)",
        "def f(x):\n    return (k * x).tolist()",
    ],
    "a list changed by a function of the student": [
        "k = [1]\ndef fill(where, what):\n    where += what",
        "fill(what=[3], where=k)",
        "def f(x):\n    return k, x",
    ],
    "a global that a function sets": [
        "def set_up():\n    global k\n    k = 3",
        "set_up()",
        "def f(x):\n    return k + x",
    ],
    "a table that a function fills": [
        "k = {}\ndef set_up():\n    k['a'] = 3",
        "set_up()",
        "def f(x):\n    return k, x",
    ],
    "a global that is set on the way": [
        "def three():\n    global k\n    k = 3\n    return 3",
        "_unused = three()",
        "def f(x):\n    return k + x",
    ],
    "a function with a case for each type": [
        "import functools\n@functools.singledispatch\ndef f(x):\n    return 1",
        "@f.register\ndef _(x: int):\n    return 2 * x",
    ],
    "a table that a decorator fills": [
        "table = {}\ndef register(g):\n    table[g.__name__] = g\n    return g",
        "@register\ndef g(x):\n    return 2 * x",
        "def f(x):\n    return table['g'](x)",
    ],
    "an attribute that is set": [
        "class A:\n    pass",
        "setattr(A, 'k', 3)",
        "def f(x):\n    return A().k + x",
    ],
    "a name bound by its text": ["globals()['k'] = 3", "def f(x):\n    return k + x"],
    "names bound by a table": ["globals().update(k=3)", "def f(x):\n    return k + x"],
    "code in a string": ["exec('k = 3')", "def f(x):\n    return k + x"],
    "an attribute of the function": ["def f(x):\n    return f.k + x", "f.k = 3"],
    "a constant bound in a condition": [
        "if 1 > 2:\n    k = 1\nelse:\n    k = 3",
        "def f(x):\n    return k + x",
    ],
    "an import with a way round": [
        "try:\n    from no_such_module import k\nexcept ImportError:\n    k = 3",
        "def f(x):\n    return k + x",
    ],
    "a helper further down": ["def f(x):\n    return g(x)", "def g(x):\n    return k * x", "k = 3"],
    "a class and its parent": [
        "class A:\n    k = 3",
        "class B(A):\n    def __call__(self, x):\n        return self.k + x",
        "f = B()",
    ],
    "a decorator": [
        "import functools\ndef twice(g):\n    return functools.wraps(g)(lambda x: 2 * g(x))",
        "@functools.lru_cache\n@twice\ndef f(x):\n    return x + 1",
    ],
    "names of a star": ["from math import *", "def f(x):\n    return floor(pi) + x"],
    "names of a star that hide Python's": [
        "from numpy import *",
        "def f(x):\n    return sum([[x]], axis=0).shape",
    ],
    "a lambda": ["k = 3\nf = lambda x: k + x"],
    "a function made by a library": [
        "import numpy as np",
        "f = np.vectorize(lambda x: x + 1, otypes=[float])",
    ],
    "a local name that a cell uses as well": ["k = 1 / 0", "def f(x):\n    k = 3\n    return k + x"],
    "a file beside the notebook": ["from helpers import k", "def f(x):\n    return k + x"],
    "a file in a folder": [
        "import sys\nsys.path.append('lib')\nimport helpers_in_lib as h",
        "def f(x):\n    return h.k + x",
    ],
    "a file that is run": ["%run helpers.py", "def f(x):\n    return k + x"],
    "data beside the notebook": ["k = float(open('k.txt').read())", "def f(x):\n    return k + x"],
}
BOUND_AGAIN = {
    "a function written twice": ["def f(x):\n    return 1", TWICE],
    "a function put into another": [
        "import functools\ndef f(k, x):\n    return k + x",
        "f = functools.partial(f, 3)",
    ],
    "a function wrapped in a later cell": ["import functools", TWICE, "f = functools.lru_cache(f)"],
    "a helper written twice": [
        "def g(x):\n    return 1",
        "def f(x):\n    return g(x)",
        "def g(x):\n    return 3 * x",
    ],
    "a constant bound again": ["k = 1", "def f(x):\n    return k + x", "k = 5"],
    "a helper that becomes a class": [
        "def g(x):\n    return 1",
        "def f(x):\n    return g(x).k",
        "class g:\n    def __init__(self, x):\n        self.k = x",
    ],
    "an import bound again": [
        "from math import sin as g",
        "def f(x):\n    return g(x)",
        "from math import cos as g",
    ],
}


def test_numpy_is_there_also_where_the_cell_that_imports_it_is_gone(carry_over, here):
    write(here / OWN, "def f(x: np.ndarray):\n    return np.add(x, x)")
    assert carry_over(CHAPTER, "f")(2) == 4


@pytest.mark.parametrize("case", [*AS_IPYTHON_READS_IT, *LOOKED_UP_BY_NAME, *WHAT_IT_NEEDS, *BOUND_AGAIN])
def test_a_function_is_what_it_is_in_jupyter(later, tmp_path, capsys, case):
    cells = (AS_IPYTHON_READS_IT | LOOKED_UP_BY_NAME | WHAT_IT_NEEDS | BOUND_AGAIN)[case]
    folder = tmp_path / CHAPTER
    write(folder / OWN, *cells)
    (folder / "lib").mkdir()
    (folder / "helpers.py").write_text("k = 3")
    (folder / "lib" / "helpers_in_lib.py").write_text("k = 3")
    (folder / "k.txt").write_text("3")
    expected = what_jupyter_makes_of_f(folder, cells)
    capsys.readouterr()
    later.run_cell(f"from carry_over import carry_over\nf = carry_over({CHAPTER!r}, 'f')")
    assert capsys.readouterr() == ("", "")
    assert later.user_ns["f"](2) == expected


GIVEN_TO_SOMETHING_ELSE = {
    "a value of the function": [TWICE, "f = f(3)"],
    "a loop's variable": [TWICE, "for f in (1, 2):\n    pass"],
    "a file": [TWICE, "with open('data', 'w') as f:\n    f.write('')"],
    "a helper's value": ["def g(x):\n    return 2 * x\ndef f(x):\n    return g(x)", "g = g(3)"],
    "a wrong wrapper": [TWICE, "import functools\nf = functools.lru_cache(ff)"],
}


@pytest.mark.parametrize("case", GIVEN_TO_SOMETHING_ELSE)
def test_a_function_whose_name_is_given_to_something_else_later_is_still_the_function(carry_over, here, case):
    write(here / OWN, *GIVEN_TO_SOMETHING_ELSE[case])
    assert carry_over(CHAPTER, "f")(2) == 4


def test_an_unfinished_copy_never_hides_an_answer(carry_over, here, capsys):
    answers = {
        "below": [TWICE, STUB],
        "above": [STUB, TWICE],
        "in a demonstration": [STUB, (TWICE, "demonstration")],
    }
    for sources in answers.values():
        write(here / OWN, *sources)
        assert carry_over(CHAPTER, "f")(2) == 4
    assert capsys.readouterr().out == ""


def test_a_demonstration_takes_no_name_from_the_students_own_cells(carry_over, here):
    write(
        here / OWN, "k = 3", "def f(x):\n    return k + x", ("k = 50\nopen('witness', 'w')", "demonstration")
    )
    assert carry_over(CHAPTER, "f")(2) == 5
    write(here / OWN, ("k = 3", "demonstration"), "def f(x):\n    return k + x", ("k += 1", "demonstration"))
    assert carry_over(CHAPTER, "f")(2) == 6, "unless nothing else binds it"


WITNESS = "open('witness', 'w').close()"
NOT_NEEDED = {
    "a cell of its own": [WITNESS, TWICE],
    "a statement in the function's cell": [f"{TWICE}\n{WITNESS}"],
    "a value that the function does not use": [f"k = {WITNESS}", TWICE],
    "a value under a local name of the function": [
        f"y = {WITNESS}",
        "def f(x):\n    y = 2 * x\n    return y",
    ],
    "a call that tries the function": [TWICE, f"print(f(2), {WITNESS})"],
    "a measurement": [TWICE, f"%timeit -n1 -r1 {WITNESS}", f"%%timeit -n1 -r1\n{WITNESS}"],
    "a call with a number that the function uses": [
        "k = 2\ndata = open('witness', 'w').close()\nprint(k, data)",
        "def f(x):\n    return k * x",
    ],
    "a library's call": [
        "import numpy as np",
        f"np.save('witness', {WITNESS})",
        "def f(x):\n    return np.add(x, x)",
    ],
    "a call of a helper that uses a library": [
        "import numpy as np\ndef g():\n    np.savetxt('witness', [1])",
        "g()\nresult = g()",
        "def f(x):\n    return np.add(x, x)",
    ],
    "another function's call": ["def g():\n    open('witness', 'w').close()", TWICE, "g()"],
    "a test": [TWICE, (f"f.k = {WITNESS}", "test")],
    "a shell's line": [f"!touch witness\n{TWICE}"],
}


@pytest.mark.parametrize("case", NOT_NEEDED)
def test_nothing_is_run_that_the_function_does_not_need(later, carry_over, here, case):
    write(here / OWN, *NOT_NEEDED[case])
    assert carry_over(CHAPTER, "f")(2) == 4
    assert not (here / "witness").exists()


LOUD = {
    "text": "print('loud')\nimport sys\nsys.stderr.write('loud')",
    "a warning": "import warnings\nwarnings.warn('loud')",
    "an escape that is none": "text = '\\d'",
    "displayed values": "display('loud')",
    "a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
}


@pytest.mark.parametrize("case", LOUD)
def test_what_is_run_is_quiet(later, here, capsys, case):
    loud = "\n".join(f"    {line}" for line in LOUD[case].splitlines())
    write(here / OWN, f"def made():\n{loud}\n    return 2", "k = made()", "def f(x):\n    return k * x")
    plt.figure("mine")
    later.run_cell(f"from carry_over import carry_over\nf = carry_over({CHAPTER!r}, 'f')")
    assert (later.user_ns["f"](2), *capsys.readouterr()) == (4, "", "")
    assert plt.get_figlabels() == ["mine"]
    plt.close("all")


def test_each_chapter_has_its_own_helper_file(carry_over, here, tmp_path):
    (here / "helpers.py").write_text("k = 6")
    import helpers

    for number in (2, 3):
        write(
            tmp_path / f"e3_{number}" / f"e3_{number}.ipynb",
            "import helpers\ndef f(x):\n    return helpers.k + x",
        )
        (tmp_path / f"e3_{number}" / "helpers.py").write_text(f"k = {number}")
    assert [carry_over(f"e3_{number}", "f")(0) for number in (2, 3)] == [2, 3]
    assert sys.modules["helpers"] is helpers and helpers.k == 6


def test_a_function_can_be_pickled_and_its_hints_read(carry_over, here):
    write(here / OWN, "class Pair:\n    pass", "def f(x: 'Pair'):\n    return Pair()")
    first, f = carry_over(CHAPTER, "f"), carry_over(CHAPTER, "f")
    for each in (first, f):
        assert pickle.loads(pickle.dumps(each)) is each
        assert isinstance(pickle.loads(pickle.dumps(each(1))), typing.get_type_hints(each)["x"])


def format_3(*sources):
    cells = [nbformat.v3.new_code_cell(input=source) for source in sources]
    cells.insert(0, nbformat.v3.new_heading_cell("A heading"))
    return nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=cells)])


FILES = {
    "a mark of its encoding in front": lambda text: codecs.BOM_UTF8 + text.encode(),
    "sixteen bits": lambda text: text.encode("utf-16"),
    "sixteen bits, the other way round and without a mark": lambda text: text.encode("utf-16-be"),
    "thirty-two bits": lambda text: text.encode("utf-32"),
    "format 3": lambda text: nbformat.v3.writes_json(
        format_3("k = 2", "def f(x):\n    return k * x")
    ).encode(),
    "format 2": lambda text: (
        b"""{"nbformat": 2, "worksheets": [{"cells": [
        {"cell_type": "code", "language": "python", "input": ["def f(x):\\n", "    return 2 * x"]}]}]}"""
    ),
    "format 1": lambda text: (
        b"""{"nbformat": 1, "cells": [
        {"cell_type": "code", "code": "def f(x):\\n    return 2 * x"}]}"""
    ),
    "sources in lines": lambda text: (
        b"""{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": []},
        {"cell_type": "code", "source": ["def f(x):\\n", "    return 2 * x"], "metadata": {"tags": null}}]}"""
    ),
    "cells without metadata, and odd ones": lambda text: (
        b"""{"cells": [{"cell_type": "code", "source": null}, 7,
        {"cell_type": "code", "source": "def f(x):\\n    return 2 * x", "metadata": null},
        {"cell_type": "code", "source": ["f", 3]}, {"cell_type": "code", "source": "\\ud800"},
        {"cell_type": "code", "source": "1", "metadata": {"nbgrader": "mine", "tags": 7}}]}"""
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_every_file_that_jupyter_wrote_is_read(carry_over, here, case, capsys):
    write(here / OWN, "k = 2  # π", "def f(x):\n    return k * x")
    text = (here / OWN).read_text("utf-8")
    (here / OWN).write_bytes(FILES[case](text))
    assert carry_over(CHAPTER, "f")(2) == 4
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"<html>", b"{}", b'{"cells": 3}', b"\xff" * 9, b"[" * 100_000]
)
def test_a_file_that_is_no_notebook_is_said(carry_over, here, capsys, content):
    (here / OWN).write_bytes(content)
    f = carry_over(CHAPTER, "f")
    assert (
        capsys.readouterr().out == f"f: {OWN} cannot be read as a notebook; save it again from JupyterLab\n"
    )
    with pytest.raises(RuntimeError, match="cannot be read as a notebook"):
        f(1)


NAMES = [
    f"{CHAPTER} (1).ipynb",
    f"{CHAPTER}-Copy1.ipynb",
    f"Copy of {CHAPTER}.ipynb",
    f"Kopie von {CHAPTER}.ipynb",
    f"{CHAPTER} - Copy.ipynb",
    f"smith_{CHAPTER}_final.ipynb",
    f"doejane_LATE_12345_678901_{CHAPTER}-1.ipynb",
    OWN.upper(),
    f"{CHAPTER.title()}.ipynb",
    f"{CHAPTER}.IPYNB",
    "homework two.ipynb",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_under_another_name_is_taken_and_said(carry_over, here, capsys, name):
    write(
        here / "e3_6_reference.ipynb", f"from carry_over import carry_over\nf = carry_over({CHAPTER!r}, 'f')"
    )
    write(here / "e3_3_ppo_adam.ipynb", "def g(x):\n    return x")
    write(here / "._x.ipynb", TWICE)
    write(here / name, TWICE)
    assert carry_over(CHAPTER, "f")(2) == 4
    taken = "" if name == f"{CHAPTER}.IPYNB" else f"{CHAPTER}: taken from {name}\n"
    assert capsys.readouterr().out == taken


def test_a_notebook_under_any_name_is_known_by_the_marks_of_its_cells(carry_over, here):
    for marks in ({"name": "f", "tags": ["exercise"]}, {"nbgrader": {"grade_id": "f", "solution": True}}):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell("f = lambda x: 2 * x", metadata=marks)]
        )
        nbformat.write(notebook, here / "homework two.ipynb")
        assert carry_over(CHAPTER, "f", "g")[0](2) == 4


@pytest.mark.parametrize("folder", [f"{CHAPTER} (1)", f"{CHAPTER}/{CHAPTER}", f"my {CHAPTER}/x", "."])
def test_the_folder_may_have_another_name_too(carry_over, tmp_path, folder):
    write(tmp_path / folder / OWN, TWICE)
    assert carry_over(CHAPTER, "f")(2) == 4


def test_the_own_name_comes_first_unless_it_is_unfinished(carry_over, here, capsys):
    write(here / OWN, "def f(x):\n    return 1")
    write(here / NAMES[0], TWICE)
    assert carry_over(CHAPTER, "f")(2) == 1
    assert capsys.readouterr().out == ""
    write(here / OWN, STUB)
    assert carry_over(CHAPTER, "f")(2) == 4
    (here / OWN).write_bytes(b"{")
    assert carry_over(CHAPTER, "f")(2) == 4


def test_of_several_copies_the_only_finished_one_is_taken_and_else_all_are_named(carry_over, here, capsys):
    write(here / NAMES[0], STUB)
    write(here / NAMES[1], TWICE)
    assert carry_over(CHAPTER, "f")(2) == 4
    capsys.readouterr()
    write(here / NAMES[0], TWICE)
    f = carry_over(CHAPTER, "f")
    said = capsys.readouterr().out
    assert said.startswith(f"f: there are {NAMES[0]} and {NAMES[1]}; rename the one that counts to {OWN} and")
    with pytest.raises(RuntimeError, match="rename the one that counts"):
        f(1)


def test_functions_that_a_later_notebook_has_copied_are_not_taken_for_the_chapter(carry_over, here, tmp_path):
    write(here / "e3_6_reference.ipynb", "from carry_over import carry_over", "def f(x):\n    return 1")
    write(tmp_path / CHAPTER / NAMES[0], TWICE)
    assert carry_over(CHAPTER, "f")(2) == 4


def test_a_missing_notebook_is_said_at_once_and_again_when_the_function_is_called(carry_over, capsys):
    advantage = carry_over(CHAPTER, "advantage")
    assert f"there is no {CHAPTER}.ipynb here" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="put your notebook of that chapter beside this one") as error:
        advantage(1, 2)
    assert type(error.value).__name__ == "CarryOverError", "the grader knows it by this name"


def test_a_missing_function_is_named(carry_over, here, capsys):
    write(here / OWN, "def softmax(logits):\n    return logits")
    softmax, advantage = carry_over(CHAPTER, "softmax", "advantage")
    assert softmax(1) == 1
    assert "advantage: " in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="does not define it; finish that exercise there"):
        advantage(1, 2)


def test_an_unfinished_function_is_named_also_where_only_another_needs_it(carry_over, here, capsys):
    write(here / OWN, STUB, "def g(x):\n    return f(x)")
    carry_over(CHAPTER, "g")
    assert capsys.readouterr().out == f"f: it is not finished yet in {OWN}\n"


def test_an_odd_cell_costs_only_itself(carry_over, here, capsys):
    write(
        here / OWN,
        "def demonstrate(world=mdp):\n    return world",
        "def broken(:",
        "import no_such_module\nreturn 3\nfrom no_such_module import *\nimport numpy as np",
        "def g(x):\n    return np.add(x, x)\n\ng(unknown)",
    )
    assert carry_over(CHAPTER, "g")(2) == 4
    assert capsys.readouterr().out == ""


SAYS_WHY = {
    "a cell that is no Python": (
        "k = (1\ndef f(x):\n    return k",
        "code cell 2, stopped with SyntaxError: ",
    ),
    "a statement that is no Python": (
        "k = 1\nif k:\n    def f(x): return x\n    return",
        "code cell 2, line 2, `if k:`, stopped with SyntaxError: 'return' outside function",
    ),
    "a decorator that is not there": (
        "import math\n\n@jit\ndef f(x):\n    return x",
        "code cell 2, line 4, `@jit`, stopped with NameError: name 'jit' is not defined",
    ),
    "an import that is not there": (
        "from no_such_module import f",
        "code cell 2, line 1, `from no_such_module import f`, stopped with ModuleNotFoundError: ",
    ),
    "a value that cannot be had": (
        "k = 1 / 0\ndef f(x, k=k):\n    return x",
        "code cell 2, line 2, `def f(x, k=k):`, stopped with NameError: name 'k' is not defined",
    ),
    "a program that ends itself": (
        "import sys\nf = sys.exit('no data')",
        "code cell 2, line 2, `f = sys.exit('no data')`, stopped with SystemExit: no data",
    ),
}


@pytest.mark.parametrize("case", SAYS_WHY)
def test_what_stops_a_function_is_said_with_its_cell_and_error(carry_over, here, capsys, case):
    source, sentence = SAYS_WHY[case]
    write(here / OWN, "def g(x):\n    return x", source)
    g, f = carry_over(CHAPTER, "g", "f")
    assert g(1) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("f: ")]
    assert len(said) == 1 and f"{OWN}, {sentence}" in said[0] and "mend it there, save" in said[0]
    with pytest.raises(RuntimeError) as error:
        f(1)
    assert str(error.value) == said[0]


def test_what_stops_something_that_a_function_needs_is_said_too(carry_over, here, capsys):
    write(here / OWN, "a = 1\nk = 1 / 0", "def h(:", "def f(x):\n    return h(k)", "def g(x):\n    return x")
    assert carry_over(CHAPTER, "g")(1) == 1
    assert capsys.readouterr().out == ""
    carry_over(CHAPTER, "f")
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"h, which your functions need: {OWN}, code cell 2, stopped with SyntaxError: ")
    assert second.startswith(
        f"k, which your functions need: {OWN}, code cell 1, line 2, `k = 1 / 0`, stopped with Zero"
    )


def test_the_import_is_said_for_whose_want_a_function_fails(carry_over, here, capsys):
    write(here / OWN, "import no_such_module as n\n\n@n.fast()\ndef f(x):\n    return x")
    carry_over(CHAPTER, "f")
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(
        f"n, which your functions need: {OWN}, code cell 1, line 1, `import no_such_module"
    )
    assert "ModuleNotFoundError: No module named 'no_such_module'; mend it there" in first
    assert second.startswith(
        f"f: {OWN}, code cell 1, line 4, `@n.fast()`, stopped with NameError: name 'n' is"
    )


def test_an_error_in_a_fetched_function_shows_its_own_line_and_not_the_notebook(carry_over, here):
    for above in ("", "\n\n", "%%time\n", "\n%%capture\n\f\n"):
        write(here / OWN, f"{above}def softmax(logits):\n    return logits / nothing")
        softmax = carry_over(CHAPTER, "softmax")
        with pytest.raises(NameError) as error:
            softmax(1)
        shown = "".join(traceback.format_exception(error.value))
        assert "return logits / nothing" in shown and "nbformat" not in shown.split("return logits")[-1]


def test_in_a_kernel_whose_loop_is_running_it_does_the_same(here):
    """A real Jupyter kernel; what the cell shows is empty, so nothing was printed, plotted or missing."""
    cells = {
        "e3_1": ["import asyncio\nk = await asyncio.sleep(0, 7)\ndisplay(k)", "def f(x):\n    return k + x"],
        "e3_2": ["%pip --version", "k = !echo 7", "def f(x):\n    return int(k[0]) + x"],
        "e3_3": [
            "import matplotlib.pyplot as plt\n%time fig, k = plt.subplots()",
            "def f(x):\n    k.plot([x])\n    return 9",
        ],
    }
    for chapter, sources in cells.items():
        write(here / f"{chapter}.ipynb", *sources)
    call = "import sys\nsys.path.insert(0, {!r})\nfrom carry_over import carry_over\n{}"
    calls = "\n".join(f"{chapter} = carry_over({chapter!r}, 'f')" for chapter in cells)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(call.format(str(BOOK), calls))]
    notebook.cells += [nbformat.v4.new_code_cell("[f(2) for f in (e3_1, e3_2, e3_3)]")]
    client = NotebookClient(notebook, kernel_name="python3", timeout=60)
    client.resources = {"metadata": {"path": str(here)}}
    client.execute()
    assert notebook.cells[0].outputs == []
    assert notebook.cells[1].outputs[0].data["text/plain"] == "[9, 9, 9]"


def test_the_module_needs_python_and_ipython_alone():
    source = (BOOK / "carry_over.py").read_text("utf-8")
    assert "solutions" not in source and "autograder" not in source and str(ROOT) not in source
    code = "import sys, IPython; sys.path.insert(0, {!r}); a = {{*sys.modules}}; import carry_over"
    code = code.format(str(BOOK)) + "; print(*a ^ {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    strangers = {name.split(".")[0] for name in done.stdout.split()} - {*sys.stdlib_module_names}
    assert strangers == {"carry_over"}
