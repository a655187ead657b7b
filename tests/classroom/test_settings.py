"""What `nbgrader_config.py` sets: a slip of the pen is named with the right one, what others read passes."""

import re

import pytest
from traitlets.config import Config

from autograder.__main__ import main
from autograder.classroom import course as classroom
from autograder.classroom.settings import SettingsError, read_settings, refuse_wrong_settings
from tests.classes import CHAPTER, answer, hand_in, notebook_path, run_module

REAL = """\
from autograder.classroom.course import configure
c = get_config()
configure(c)
"""
MISSPELT = {
    "c.BlindExecute.question_timout = 3": "c.BlindExecute.question_timeout",
    "c.BlindExecut.memory_megabyte = 3": "c.BlindExecute.memory_megabytes",
    "c.BlindExecut.x = 3": "c.BlindExecute",
    "c.GradedCellsOnly.show_expectd = True": "c.GradedCellsOnly.show_expected",
    "c.CourseDirectory.rot = 'x'": "c.CourseDirectory.root",
    "c.CourseDirectry.root = 'x'": "c.CourseDirectory.root",
    "c.AssignLatePenalties.plugin_clas = 'late.Late'": "c.AssignLatePenalties.plugin_class",
    "c.Autograde.BlindExecute.timout = 3": "c.BlindExecute.timeout",
    "c.question_timout = 3": "c.BlindExecute.question_timeout",
    "c.HTMLExporter.exclude_inputs = True": "c.HTMLExporter.exclude_input",
}
WRONG = {
    "c.BlindExecute.timeout = -1": "c.BlindExecute.timeout is -1 and must be a whole number of at least 1",
    "c.BlindExecute.timeout = 'ten'": "timeout is 'ten' and must be a whole number of at least 1",
    "c.BlindExecute.timeout = True": "timeout is True and must be a whole number of at least 1",
    "c.BlindExecute.memory_megabytes = 0.5": "is 0.5 and must be a whole number of at least 64",
    "c.BlindExecute.seed = -7": f"is -7 and must be a whole number from 0 to {2**128 - 1}, or None",
    "c.BlindExecute.seeds_folder = 3": "c.BlindExecute.seeds_folder is 3 and must be a text",
    "c.GradedCellsOnly.show_expected = 'yes'": "is 'yes' and must be True or False",
    "c.CourseDirectory.root = 3": "c.CourseDirectory.root is 3 and must be a text",
    "c.CourseDirectory.ignore = 'x'": "c.CourseDirectory.ignore is 'x' and must be a list",
}
PASSES = [
    "c.JupyterHub.ip = 'x'",
    "c.OAuthenticator.scope = []",
    "c.LocalAuthenticator.create_system_users = True",
    "c.Authenticator.admin_users = {'ann'}",
    "c.SystemdSpawner.mem_limit = '1G'",
    "c.ServerApp.no_such_setting = 3",
    "c.LabApp.no_such_setting = 3",
    "c.FormgradeExtension.debug = False",
    "c.SubtractMarks.per_hour = 2",
    "c.AssignLatePenalties.plugin_class = 'a_module_that_is_not_there.Late'",
    "c.NbGrader.course_directory = 'x'",
    "c.Exchange.course_id = 'x'",
    "c.ListApp.inbound = True",
    "c.Exporter.template_name = 'x'",
    "c.CourseDirectory.ignore.append('x')",
    "c.ClearSolutions.code_stub = {'python': 'x'}",
    "c.Autograde.BlindExecute.timeout = 20",
    "c.BlindExecute.seed = None",
]


def refuse(line):
    config = Config()
    exec(line, {"c": config})
    refuse_wrong_settings(config)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Return what writes the lines of the settings that the verbs read."""

    def write(lines):
        monkeypatch.setattr(classroom, "ROOT", tmp_path)
        (tmp_path / "nbgrader_config.py").write_text(REAL + lines + "\n", "utf-8")
        return tmp_path / "nbgrader_config.py"

    return write


@pytest.mark.parametrize("line", MISSPELT)
def test_a_slip_of_the_pen_is_named_with_the_nearest_right_one(line):
    full = re.match(r"c\.([\w.]+)", line)[0].replace("c.Autograde.", "c.")
    with pytest.raises(SettingsError, match=rf"{re.escape(full)}\b.*; the nearest is {MISSPELT[line]}$"):
        refuse(line)


@pytest.mark.parametrize("line", WRONG)
def test_a_value_that_cannot_be_is_named_with_what_is_allowed(line):
    with pytest.raises(SettingsError, match=f"{re.escape(WRONG[line])}$"):
        refuse(line)


@pytest.mark.parametrize("line", PASSES)
def test_what_is_right_and_what_other_programs_read_passes(line):
    refuse(line)


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(SettingsError, match=r"^there is no setting c\..*timout; .*; c\.BlindExecute.* is 0 "):
        refuse("c.BlindExecute.question_timout = 3\nc.BlindExecute.timeout = 0")


def test_a_value_of_a_thousand_characters_is_cut():
    with pytest.raises(SettingsError) as raised:
        refuse("c.BlindExecute.timeout = 'x' * 1000")
    assert len(str(raised.value)) < 150


@pytest.mark.parametrize("verb", ["settings", "release", "grade", "feedback", "report", "check", "example"])
def test_every_verb_refuses_a_wrong_setting_in_one_sentence(settings, released, verb, capsys):
    settings("c.BlindExecute.question_timout = 3")
    notebook = notebook_path(released, "release")
    more = {"grade": [CHAPTER], "feedback": [CHAPTER], "report": [CHAPTER], "check": [str(notebook)]}
    folder = released.folder.with_name("example") if verb == "example" else released.folder
    assert main(["--course", str(folder), verb, *more.get(verb, [])]) == 1
    assert capsys.readouterr().err == (
        "autograder: there is no setting c.BlindExecute.question_timout; the nearest is "
        "c.BlindExecute.question_timeout\n"
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("c.BlindExecute.timeout = = 3", "line 4: invalid syntax"),
        ("c.BlindExecute.timeout = second", "line 4: NameError: name 'second' is not defined"),
        ("\nimport no_such_module", "line 5: ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit('two\\nlines')", "line 4: SystemExit: two lines"),
        ("c.BlindExecute = 3", "line 4: ValueError: values whose keys begin with an uppercase char must be"),
    ],
)
def test_a_file_that_python_cannot_run_is_named_with_the_line(settings, lines, said):
    file = settings(lines)
    with pytest.raises(SettingsError, match=f"^{re.escape(f'{file}, {said}')}"):
        read_settings(file)


@pytest.mark.parametrize("option", ["BlindExecute.question_timout=3", "BlindExecute.timeout=-1"])
def test_nbgraders_own_command_ends_with_the_sentence_and_no_traceback(released, option):
    hand_in(released, "ann", answer)
    ended = run_module(
        *["nbgrader", "autograde", CHAPTER, f"--course-dir={released.folder}", f"--{option}", "--create"]
    )
    said = "the nearest is c.BlindExecute.question_timeout" if "timout" in option else "is -1 and must be"
    assert ended.returncode == 1 and said in ended.stderr and "Traceback" not in ended.stderr
    assert not notebook_path(released, "autograded", "ann").exists()
