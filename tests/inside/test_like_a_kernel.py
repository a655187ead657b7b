"""One list of cells, run by a real kernel and by the sandbox: what succeeds and what is bound is the same."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from autograder.classroom.course import Course
from autograder.running.sandbox import ENVIRONMENT, new_sandbox

pytestmark = pytest.mark.heavy

DIFFERENCES = {
    "input": "in a notebook a person answers; here a program hears at once that nobody will",
    "password": "as for input",
    "debug without an error": "nobody types here either; but the debugger ends, and the cell goes on",
    "debug": "as for debug without an error",
    "set_trace": "as for debug without an error",
    "pdb in a function": "as for debug without an error",
}
"""Where the sandbox does something else than a kernel to which nobody types, and why."""
PROBE = """\
import json as _json
print("\\nPROBE" + _json.dumps({
    _name: repr(_value) if isinstance(_value, (bool, int, float, str, bytes, list, tuple, dict, type(None)))
    else type(_value).__name__
    for _name, _value in list(globals().items())
    if not _name.startswith("_") and _name not in ("In", "Out", "exit", "quit", "get_ipython")
}))
"""


def snippets():
    """Return the cells of the list, each with its name."""
    text = Path(__file__).with_name("snippets.txt").read_text("utf-8")
    parts = (part.split("\n", 1) for part in f"\n{text}".split("\n# %% ")[1:])
    return [(name, source.strip("\n")) for name, source in parts]


def bound(printed):
    """Return what a probe has printed."""
    return json.JSONDecoder().raw_decode(printed.split("\nPROBE")[1])[0]


def in_a_kernel(folder):
    """Return for each cell the error that it ended with, or '', and all names that are bound then."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment = own | {name: ENVIRONMENT[name] for name in ("PATH", "MPLBACKEND", "PIP_NO_INDEX")}
    # with a variable of pytest's, ipykernel gives its streams no file
    environment |= {"HOME": str(folder), "IPYTHONDIR": f"{folder}/.ipython"}
    (folder / "work").mkdir()
    manager, client = start_new_kernel(cwd=str(folder / "work"), env=environment)
    found = []
    try:
        run = partial(client.execute_interactive, allow_stdin=False, stop_on_error=False, timeout=60)
        for _, source in snippets():
            content = run(source, output_hook=lambda _: None)["content"]
            printed = []
            run(PROBE, store_history=False, output_hook=printed.append)
            text = "".join(each["content"].get("text", "") for each in printed)
            found.append((content.get("ename", ""), bound(text)))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return found


def in_the_sandbox(limits):
    """Return the same for the process of a submission."""
    sandbox, found = new_sandbox(limits), []
    try:
        for _, source in snippets():
            sandbox.send(do="run", source=source, silent=False, limit=1_000_000)
            stopped = sandbox.reply(60)["stopped"] or {"error": ""}
            sandbox.send(do="run", source=PROBE, silent=True, limit=1_000_000)
            printed = "".join(each.get("text", "") for each in sandbox.reply(60)["outputs"])
            found.append((stopped["error"], bound(printed)))
    finally:
        sandbox.close()
    return found


def changes(found):
    """Return for each cell how it ended, and what is bound then that was not, or not so, before."""
    before = {}
    for error, names in found:
        yield error, {name: value for name, value in names.items() if before.get(name) != value}
        before = names


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    limits = Course.apart(tmp_path_factory.mktemp("limits")).limits()
    with ThreadPoolExecutor(1) as beside:
        kernel = beside.submit(in_a_kernel, tmp_path_factory.mktemp("kernel"))
        sandbox = in_the_sandbox(limits)
        return list(zip(snippets(), changes(kernel.result()), changes(sandbox), strict=True))


def test_what_succeeds_in_a_kernel_succeeds_here_and_binds_the_same_but_where_a_reason_is_given(measured):
    other = {name: (source, there, here) for (name, source), there, here in measured if there != here}
    assert {name: each for name, each in other.items() if name not in DIFFERENCES} == {}
    assert other.keys() == DIFFERENCES.keys(), "a reason that nothing needs any more"


def test_the_list_is_long_and_most_of_it_succeeds(measured):
    succeeded = [name for (name, _), there, _ in measured if not there[0]]
    assert len(measured) > 200
    assert len(succeeded) > 150


@pytest.mark.parametrize(
    "name",
    ["input", "password", "debug without an error", "debug", "set_trace", "breakpoint", "pdb in a function"],
)
def test_a_cell_that_asks_a_person_ends_at_once_and_the_next_one_runs(measured, name):
    *_, last = [here for (each, _), _, here in measured if each == name]
    assert last[0] == ""


def test_pip_is_that_of_the_environment(measured):
    (bound,) = [here for (_, source), _, here in measured if "own_pip = !" in source]
    assert bound == ("", {"own_pip": "True"})
