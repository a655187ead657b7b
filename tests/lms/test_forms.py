"""How each LMS names what was handed in: whose it is, when it came, and what is nobody's."""

import time
from datetime import datetime

import pytest
from traitlets import TraitError
from traitlets.config import Config

from autograder.classroom.settings import SettingsError, refuse_wrong_settings
from autograder.lms.forms import (
    FORMS,
    METADATA,
    MOST_OF_A_PATH,
    Collect,
    FormError,
    blackboard_text,
    gradescope_submissions,
    recognise,
    sakai_members,
    sakai_time,
)
from autograder.lms.roster import Called
from tests.lms.archives import LMSS, forty, make

BY_NAME = {form.lms: form for form in FORMS}

SEEN = [
    ("canvas", "doejane_12_345_ps1.ipynb", "12", "ps1.ipynb", False),
    ("canvas", "doejane_LATE_12_345_ps1-2.ipynb", "12", "ps1-2.ipynb", True),
    ("canvas", "van_derberg_12_345_my_2_notes_3.py", "12", "my_2_notes_3.py", False),
    ("canvas", "anon_x9zQ1_55_f.ipynb", "x9zQ1", "f.ipynb", False),
    ("canvas", "LATE_anon_x9zQ1_55_f.ipynb", "x9zQ1", "f.ipynb", True),
    ("canvas", "doejane_12_text.html", "12", "text.html", False),
    ("moodle", "Jane Doe_1234567_assignsubmission_file/a/b.py", "1234567", "a/b.py", False),
    ("moodle", "Jane Doe_1234567_assignsubmission_file_/b.py", "1234567", "b.py", False),
    ("moodle", "Jane Doe_1234567_assignsubmission_file_my_b.py", "1234567", "my_b.py", False),
    ("moodle", "Participant_1234567_assignsubmission_file_b.py", "1234567", "b.py", False),
    ("moodle", "Default group_assignsubmission_file/b.py", "Default group", "b.py", False),
    ("moodle", "X_17_assignsubmission_onlinetext/onlinetext.html", "17", "onlinetext.html", False),
    (
        *("blackboard", "HW_1_j_doe_attempt_2026-10-12-11-30-00_x_y.ipynb"),
        *("HW_1_j_doe", "x_y.ipynb", False),
    ),
    (
        *("brightspace", "12345-67890 - Jane Doe - Oct 12, 2026 1130 AM/x.ipynb"),
        *("12345", "x.ipynb", False),
    ),
    ("brightspace", "1-2 - Ann - Lee - May 2, 2026 105 PM - x - y.py", "1", "x - y.py", False),
    ("brightspace", "1-2 - Ann Lee- May 2, 2026 1:05 PM/x.py", "1", "x.py", False),
    ("sakai", "Doe, Jane(jdoe)/Submission attachment(s)/x+1.ipynb", "jdoe", "x+1.ipynb", False),
    ("sakai", "Doe (Roe), Jane(jdoe)/Abgegebene Anlagen/x.ipynb", "jdoe", "x.ipynb", False),
    ("sakai", "Doe, Jane(jdoe)_Submission attachment(s)_x_1.ipynb", "jdoe", "x_1.ipynb", False),
    (
        *("sakai", "Doe, Jane(jdoe)/Doe, Jane(jdoe)_submissionText.html"),
        *("jdoe", "submissionText.html", False),
    ),
    ("ilias", "Doe_Jane_jdoe12s_2345678/x.ipynb", "2345678", "x.ipynb", False),
    ("ilias", "Team 3/Doe_Jane_j_doe_23/Late Submission - x.ipynb", "23", "x.ipynb", True),
    ("gradescope", "submission_98/in/x.ipynb", "98", "in/x.ipynb", False),
    ("plain", "jdoe/in/x.ipynb", "jdoe", "in/x.ipynb", False),
]


@pytest.mark.parametrize(("lms", "path", "owner", "file", "late"), SEEN)
def test_a_path_says_whose_file_it_is(lms, path, owner, file, late):
    entry = BY_NAME[lms].entry(path)
    assert (entry.owner, entry.file, entry.late, entry.kind) == (owner, file, late, "file")


@pytest.mark.parametrize(
    ("lms", "path"),
    [
        ("sakai", "grades.csv"),
        ("sakai", "Doe, Jane(jdoe)/comments.txt"),
        ("sakai", "Doe, Jane(jdoe)/Feedback Attachment(s)/x.html"),
        ("brightspace", "index.html"),
        ("gradescope", METADATA),
        ("ilias", "Homework.xlsx"),
    ],
)
def test_the_lmss_own_files_are_nobodys(lms, path):
    assert BY_NAME[lms].entry(path).kind == "own"


def test_a_students_comments_txt_is_no_file_of_sakais():
    path = "Doe, Jane(jdoe)/Submission attachment(s)/comments.txt"
    assert BY_NAME["sakai"].entry(path).kind == "file"


@pytest.mark.parametrize(
    ("lms", "path", "called"),
    [
        (
            *("blackboard", "HW_1_j_doe_attempt_2026-10-12-11-30-00_x.ipynb"),
            Called(logins=("1_j_doe", "j_doe", "doe")),
        ),
        (
            *("ilias", "von_Doe_Jane_j_doe_23/x"),
            Called(
                "23",
                logins=("doe", "j_doe", "Jane_j_doe", "Doe_Jane_j_doe"),
                names=("von Doe Jane j", "von Doe Jane", "von Doe", "von_Doe_Jane_j_doe"),
            ),
        ),
        (
            *("brightspace", "202-29393 - chapsu01 Suman Chapai - Sep 20, 2024 1035 PM/x"),
            Called("202", logins=("chapsu01",), names=("chapsu01 Suman Chapai", "Suman Chapai")),
        ),
        (
            *("brightspace", "202-29393 - Suman Chapai - Sep 20, 2024 1035 PM/x"),
            Called("202", names=("Suman Chapai",)),
        ),
        ("moodle", "Jane Doe_12_assignsubmission_file/x", Called(participant="12", names=("Jane Doe",))),
    ],
)
def test_what_may_be_meant_is_kept_apart(lms, path, called):
    assert BY_NAME[lms].entry(path).called == called


@pytest.mark.parametrize(
    ("path", "when"),
    [
        ("1-2 - A B - Oct 12, 2026 1130 AM/x", datetime(2026, 10, 12, 11, 30)),
        ("1-2 - A B - Oct 12, 2026 105 PM/x", datetime(2026, 10, 12, 13, 5)),
        ("1-2 - A B - May 1, 2026 0741 PM/x", datetime(2026, 5, 1, 19, 41)),
        ("1-2 - A B - Oct 12, 2026 1200 AM/x", datetime(2026, 10, 12, 0, 0)),
        ("1-2 - A B - Oct 12, 2026 11:30 PM/x", datetime(2026, 10, 12, 23, 30)),
        ("1-2 - A B - October 12, 2026 1230 PM/x", datetime(2026, 10, 12, 12, 30)),
        ("1-2 - A B - Oct 32, 2026 1130 AM/x", None),
    ],
)
def test_hours_and_minutes_without_a_sign_between_them(path, when):
    assert BY_NAME["brightspace"].entry(path).when == when


@pytest.mark.parametrize("text", ["20261012113000000", "202610121130002", "2026-10-12T11:30:00Z\n"])
def test_sakais_time_in_the_ways_of_its_versions(text):
    assert sakai_time(text) == datetime(2026, 10, 12, 11, 30)


def test_sakais_time_in_thousandths_since_1970_and_with_parts_of_a_second():
    assert sakai_time("1583511021000") == datetime(2020, 3, 6, 16, 10, 21)
    assert sakai_time("2026-10-12T11:30:00.123456789Z") == datetime(2026, 10, 12, 11, 30, 0, 123456)
    assert sakai_time("yesterday") is None and sakai_time("99999999999999") is None


def test_sakais_members_of_a_group():
    assert sakai_members("Doe, Jane(jdoe); Roe, R(rr)") == [
        Called(logins=("jdoe",), names=("Doe, Jane",)),
        Called(logins=("rr",), names=("Roe, R",)),
    ]


ABOUT = """Name: Jane Doe (j_doe)\r
Assignment: HW
Date Submitted: Monday, 27 April 2020 13:05:00 o'clock BST
Current Grade: Needs Grading

Submission Field:
{typed}

Comments:
{comment}

Files:
\tOriginal filename: x.ipynb
"""


def test_blackboards_own_file_says_who_and_what_was_typed():
    nothing = ABOUT.format(
        typed="There is no student submission text data for this assignment.",
        comment="There are no student comments for this assignment.",
    )
    who = Called(logins=("j_doe",), names=("Jane Doe",))
    assert blackboard_text(nothing) == (who, "")
    typed = ABOUT.format(typed="<p>hello</p>", comment="Name: Somebody Else (x)\nFiles:")
    assert blackboard_text(typed) == (who, "<p>hello</p>\nName: Somebody Else (x)\nFiles:")
    assert blackboard_text("Group: Team 7\nAssignment: HW") == (None, "")


YAML = b"""---
submission_98:
  :submitters:
  - :name: "Doe, Jane"
    :sid: '007'
    :email: jdoe@example.org
  - :name: Richard Roe
    :sid:
    :email: rr@example.org
  :created_at: 2026-10-12 11:30:00.123456789 -0600
  :score: 1.0
  :results: !ruby/object:Gem::Installer
    i: !!python/object/apply:os.system ["touch /tmp/never"]
    :submitters: [{name: nobody}]
  :history:
  - :created_at: 2020-01-01 00:00:00 Z
    :score: &a 0.0
12345.pdf:
  :created_at: soon
  :submitters: []
  :score: *a
"""


def test_gradescopes_metadata_is_read_and_nothing_is_made_of_its_tags():
    found = gradescope_submissions(YAML)
    jane = Called(logins=("007",), names=("Doe, Jane",), email="jdoe@example.org")
    richard = Called(logins=("",), names=("Richard Roe",), email="rr@example.org")
    assert found == {
        "submission_98": ([jane, richard], datetime(2026, 10, 12, 17, 30, 0, 123456)),
        "12345.pdf": ([], None),
    }


@pytest.mark.parametrize(
    "content", [b"a: [", b"\xff\xfe\x00", b"[" * 200_000, b"- " * 99_999, b"a: &a [*a]\n: : :\n- b"]
)
def test_metadata_that_is_none_is_a_sentence(content):
    with pytest.raises(FormError, match=r"submission_metadata\.yml cannot be read"):
        gradescope_submissions(content)


@pytest.mark.parametrize("lms", LMSS)
def test_a_download_is_recognised_by_its_names(lms, tmp_path):
    import zipfile

    students = forty()
    names = zipfile.ZipFile(make(lms, tmp_path, students).archive).namelist()
    found = recognise(names, FORMS, [student.id for student in students])
    assert (found.form.lms, found.strange) == (lms, [])
    owners = {entry.owner for entry in found.entries if entry.kind == "file"}
    assert len(owners) == sum(bool(student.files) for student in students)


@pytest.mark.parametrize("lms", LMSS)
def test_folders_around_it_all_do_not_matter(lms, tmp_path):
    import zipfile

    students = forty()
    names = zipfile.ZipFile(make(lms, tmp_path, students).archive).namelist()
    found = recognise([f"Downloads/more/{name}" for name in names], FORMS, [each.id for each in students])
    assert (found.form.lms, found.strange) == (lms, [])


def test_names_of_two_forms_ask_for_the_one_that_is_meant():
    custom = Collect(
        config=Config(
            Collect={"patterns": {"a": r"(?P<user>\d+)_(?P<file>.+)", "b": r"(?P<file>.+)_(?P<user>\d+)"}}
        )
    )
    with pytest.raises(FormError, match=r"its names fit a and b; say which with --lms"):
        recognise(["1_x_2"], custom.forms())


def test_names_of_no_form_say_what_can_be_done():
    with pytest.raises(FormError, match=r"names are those of no LMS that is known; .* c\.Collect\.patterns"):
        recognise(["one.ipynb", "two.ipynb"])


def test_a_form_in_the_settings_comes_first():
    pattern = r"(?P<login>[^/]+)/(?P<when>[^/]+)/(?P<late>late/)?(?P<file>.+)"
    forms = Collect(config=Config(Collect={"patterns": {"mine": pattern}})).forms()
    found = recognise(["ann/2026-10-12T10:00:00+02:00/late/x.ipynb", "ben/2026-10-12-11-30-00/y"], forms)
    first, second = found.entries
    assert found.form.lms == "mine" and first.late and not second.late
    assert first.when.isoformat() == "2026-10-12T10:00:00+02:00" and first.file == "x.ipynb"
    assert second.when == datetime(2026, 10, 12, 11, 30)


@pytest.mark.parametrize(
    "patterns", [{"a": "("}, {"a": "(?P<file>.+)"}, {"a": "(?P<user>.+)"}, {"a": 3}, "x"]
)
def test_a_pattern_that_says_too_little_is_refused_by_name(patterns):
    with pytest.raises(SettingsError, match=r"c\.Collect\.patterns is .* and must be a dict of names, each"):
        refuse_wrong_settings(Config(Collect={"patterns": patterns}))
    with pytest.raises(TraitError):
        Collect(patterns=patterns)


def test_a_misspelt_setting_is_named():
    with pytest.raises(SettingsError, match=r"c\.Collect\.patern; the nearest is c\.Collect\.patterns"):
        refuse_wrong_settings(Config(Collect={"patern": {}}))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.lms)
def test_no_name_costs_time_whatever_a_student_calls_a_file(form):
    """The worst paths that a pattern can meet: much of what nearly fits it, up to the bound."""
    parts = [
        "_1",
        "a_",
        "1-1 - ",
        " - a",
        "_LATE",
        "(a)",
        "a/",
        " ",
        "Oct 1, 2026 1",
        "_attempt_2026-10-12",
        "_ ",
        "-",
    ]
    starts = ["", "1-1 - ", "1-1 -" + " " * 140 + "-", "a_1_", "a/", "(a", "Team 1/"]
    began = time.perf_counter()
    for start in starts:
        for part in parts:
            form.entry((start + part * MOST_OF_A_PATH)[:MOST_OF_A_PATH])
    assert time.perf_counter() - began < 1
    assert form.entry("a" * (MOST_OF_A_PATH + 1)) is None


def test_what_a_student_calls_a_file_tells_neither_whose_it_is_nor_when_it_came():
    path = "ps1_bob_attempt_2026-10-12-11-30-00_x_alice_attempt_2027-01-01-00-00-00_ps1.ipynb"
    entry = BY_NAME["blackboard"].entry(path)
    assert entry.called.logins == ("bob",)
    assert entry.when == datetime(2026, 10, 12, 11, 30)
    assert entry.file == "x_alice_attempt_2027-01-01-00-00-00_ps1.ipynb"


def test_a_time_that_utc_does_not_hold_is_none():
    facts = b"submission_1:\n  :submitters: []\n  :created_at: 0001-01-01 00:00:00 +14:00\n"
    assert gradescope_submissions(facts) == {"submission_1": ([], None)}
