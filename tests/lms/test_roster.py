"""Who is who: rosters and the LMSs' own exports are read, and names that an LMS has changed are known."""

import csv
import subprocess
import sys
import time

import pytest

from autograder.lms.roster import (
    Called,
    Person,
    Roster,
    RosterError,
    Row,
    content,
    merged,
    read_roster,
    read_rows,
)
from tests.lms.archives import LMSS, SAME, SAME_TOO, forty, make, write_roster

ANN = Person("ann", "Ann", "Lee", "ann@example.org", "41", "A", "G1", "007")


def written(tmp_path, text, name="roster.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_roster_of_ours_is_read_with_all_its_columns(tmp_path):
    students = forty()
    roster = read_roster(write_roster(students, tmp_path / "roster.csv"))
    assert [*roster] == [student.id for student in students]
    first = students[0]
    assert roster["lovelace"] == Person(
        *("lovelace", "Ada", "Lovelace", "lovelace@example.org", "4001", "A", "", first.matriculation)
    )
    assert [person.id for person in roster.mates("weiss")] == ["sato", "weiss"]
    assert [person.id for person in roster.mates("curie")] == ["curie"]
    assert [[person.id for person in group] for group in roster.groups()] == [["sato", "weiss"]]


@pytest.mark.parametrize(
    "text",
    [
        "id;first_name;last_name\nann;Ann;Lee\n",
        "\ufeffid,first_name,last_name\r\nann,Ann,Lee\r\n\r\n",
        "id\tfirst_name\tlast_name\nann\tAnn\tLee\n".encode("utf-16"),
        "last_name,id,first_name,shoe size\nLee,ann,Ann,38\n",
    ],
    ids=["semicolons", "BOM", "UTF-16 and tabs", "other columns"],
)
def test_whatever_a_spreadsheet_leaves_is_read(tmp_path, text):
    assert {**read_roster(written(tmp_path, text))} == {"ann": Person("ann", "Ann", "Lee")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name of it,age\nAnn,3\n", "has no column id; a roster has id, first_name"),
        ("id,first_name\nann,Ann\n,Ben\n", "line 3: a student has no id"),
        ("id,first_name\nann,Ann\nben,Ben\nann,Anna\n", "line 4: the id 'ann' is there twice"),
        ("", "has no column id"),
        ("[3]", "begins like JSON and is no list of objects"),
        ("[" * 100_000, "begins like JSON"),
        (b"id,first_name\n\0\0", "line 2: a student has no id|is no table|id"),
    ],
)
def test_what_is_no_roster_is_one_sentence(tmp_path, text, said):
    with pytest.raises(RosterError, match=said) as told:
        read_roster(written(tmp_path, text))
        raise RosterError("id")  # a NUL is read by some versions of Python
    assert "\n" not in str(told.value)


def test_a_roster_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(RosterError, match=r"roster\.csv cannot be read \(No such file or directory\)"):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize("lms", LMSS)
def test_an_lmss_own_export_is_a_roster(lms, tmp_path):
    students = forty()
    roster = read_roster(make(lms, tmp_path, students).gradebook)
    assert [*roster] == [student.id for student in students]  # nobody else: no test student, no points
    names = {person.id: (person.first_name, person.last_name) for person in roster.values()}
    if lms == "moodle":  # it has one column for both
        assert {id_: " ".join(name) for id_, name in names.items()} == {s.id: s.full for s in students}
        assert roster.meant(Called(participant="7300008"))[0].id == "bartok"
    else:
        assert names == {student.id: (student.first, student.last) for student in students}
    if lms in ("canvas", "ilias"):
        assert roster.meant(Called(user="4002"))[0].id == "bartok"


def test_a_worksheet_of_moodles_in_another_language_is_known_by_its_cells(tmp_path):
    text = (
        "Kennung,Vollständiger Name,E-Mail-Adresse,Status,Bewertung\n"
        "Teilnehmer/in1234567,Jane Doe,jd@example.org,-,\nTeilnehmer/in7654321,Ann Lee,al@example.org,-,\n"
    )
    roster = read_roster(written(tmp_path, text))
    assert [*roster] == ["jd", "al"] and roster.meant(Called(participant="7654321"))[0].name == "Ann Lee"


def test_a_worksheet_without_names_makes_nobody_up(tmp_path):
    rows = "".join(f"Teilnehmer/in123456{each},Keine Abgabe,-,20\n" for each in range(5))
    assert len(read_roster(written(tmp_path, f"Kennung,Status,Bewertung,Bestwertung\n{rows}"))) == 0


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Martin King, Jr.", "Martin", "King, Jr."),
        ("Henry Ford II", "Henry", "Ford II"),
        ("Ada Mary Lovelace", "Ada Mary", "Lovelace"),
        ("van Dyck, Anna", "Anna", "van Dyck"),
        ("Plato", "", "Plato"),
    ],
)
def test_a_full_name_is_parted_before_the_last_name_with_what_follows_it(full, first, last, tmp_path):
    text = f'Identifier,Full name,Email address\nParticipant 7,"{full}",x@example.org\n'
    person = read_roster(written(tmp_path, text))["x"]
    assert (person.first_name, person.last_name) == (first, last)


def test_the_roster_and_the_grades_of_gradescope_are_known(tmp_path):
    text = "Name,SID,Email,Role,Sections\nJane Doe,007,jd@example.org,Student,A\n"
    assert {**read_roster(written(tmp_path, text))} == {
        "jd": Person("jd", "Jane", "Doe", "jd@example.org", "", "A", "", "007")
    }


def test_two_whose_addresses_begin_alike_have_the_whole_address_as_id(tmp_path):
    text = "First name,Last name,Email address\nA,B,x@one.org\nC,D,x@two.org\nE,F,y@one.org\n"
    assert [*read_roster(written(tmp_path, text))] == ["x@one.org", "x@two.org", "y"]


NAMES = [
    ("Zoë", "Müller-Ångström", ["müllerångströmzoë", "Zoe Muller-Angstrom", "Mueller-AAngstroem Zoe"]),
    ("Zoë", "Müller-Ångström", ["Zoë Müller-Ångström", "Müller-Ångström, Zoë", "ZOË  MÜLLER ÅNGSTRÖM"]),
    ("Niamh", "O'Neil", ["Niamh ONeil", "oneilniamh", "O’Neil, Niamh", "O Neil Niamh"]),
    ("Martin", "King, Jr.", ["kingjrmartin", "King, Jr., Martin", "Martin King, Jr", "King Jr. Martin"]),
    ("Łukasz", "Weiß", ["weißłukasz", "Wei, ukasz", "Weiss, ukasz", "Weiss _ukasz", "Łukasz Weiss"]),
    ("Jos\u00e9", "Nu\u0301n\u0303ez", ["Jose\u0301 N\u00fa\u00f1ez", "nunezjose"]),
]


@pytest.mark.parametrize(("first", "last", "called"), NAMES)
def test_a_name_is_known_however_an_lms_writes_it(first, last, called):
    roster = Roster([ANN, Person("x", first, last)])
    assert [each for each in called if [person.id for person in roster.whom(each)] != ["x"]] == []


def test_two_of_one_name_are_both_meant_and_a_number_tells_them_apart():
    roster = Roster([Person("a", "Ann", "Lee", lms_user_id="1"), Person("b", "Ann", "Lee", lms_user_id="2")])
    assert [person.id for person in roster.whom("Lee, Ann")] == ["a", "b"]
    assert [person.id for person in roster.meant(Called(user="2", names=("Lee, Ann",)))] == ["b"]
    assert roster.meant(Called(names=("",))) == roster.whom("", " ", ",") == []


def test_an_lmss_number_means_nobody_whose_number_there_is_another():
    roster = Roster([Person("12", "Ann", "Lee", lms_user_id="99"), Person("13", "Ben", "Roe")])
    assert roster.meant(Called(user="12")) == []
    assert [person.id for person in roster.meant(Called(user="13"))] == ["13"]


def test_a_blank_number_means_nobody():
    assert Roster([Person("a"), Person("b")]).meant(Called()) == []


def test_what_is_added_completes_and_takes_nothing_away(tmp_path):
    mine = read_rows(written(tmp_path, "id,email,group\nann,,G2\nben,b@x.org,\n"))
    roster = merged(Roster([ANN]), mine)
    assert roster["ann"] == Person("ann", "Ann", "Lee", "ann@example.org", "41", "A", "G2", "007")
    assert roster["ben"] == Person("ben", email="b@x.org")


def test_an_export_is_joined_by_address_number_or_name_and_changes_nothing_that_is_known(tmp_path):
    base = Roster(
        [
            Person("s1", "Ann", "Lee", "ann@x.org"),
            Person("s2", "Ben", "Roe", lms_user_id="42"),
            Person("s3", "Cy", "Doe", section="Z"),
        ]
    )
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        '"Leeh, Anne",41,u1,ann@x.org,A\n"Roe, B.",42,u2,broe,A\n"Doe, Cy",43,u3,cdoe,A\n'
        '"Poe, Di",44,u4,dpoe,B\n'
    )
    roster = merged(base, read_rows(written(tmp_path, text)))
    assert {**roster} == {
        "s1": Person("s1", "Ann", "Lee", "ann@x.org", "41", "A", "", "u1"),
        "s2": Person("s2", "Ben", "Roe", "", "42", "A", "", "u2"),
        "s3": Person("s3", "Cy", "Doe", "", "43", "Z", "", "u3"),
        "dpoe": Person("dpoe", "Di", "Poe", "", "44", "B", "", "u4"),
    }
    assert {**merged(roster, read_rows(written(tmp_path, text)))} == {**roster}


def test_a_row_that_may_be_about_two_is_passed_over(tmp_path):
    base = Roster([Person("a", "Ann", "Lee"), Person("b", "Ann", "Lee")])
    text = "Identifier,Full name,Status\nParticipant 1234567,Ann Lee,-\nParticipant 1234568,Bo Li,-\n"
    roster = merged(base, read_rows(written(tmp_path, text)))
    assert [*roster] == ["a", "b"]  # and nobody new has an id in it
    assert roster.meant(Called(participant="1234567")) == []


def test_one_of_the_same_name_with_another_address_is_somebody_else(tmp_path):
    base = Roster([Person("a", "Ann", "Lee", "one@x.org")])
    text = "First name,Last name,Email address\nAnn,Lee,two@x.org\n"
    assert [*merged(base, read_rows(written(tmp_path, text)))] == ["a", "two"]


def test_what_is_written_is_read_as_the_same_and_keeps_other_columns(tmp_path):
    path = written(tmp_path, "shoe,id,first_name\n38,ann,Ann\n40,ben,Ben\n")
    roster = merged(read_roster(path), read_rows(written(tmp_path, "id,group\nben,G\ncy,\n", "more.csv")))
    path.write_text(content(roster, path), "utf-8")
    assert {**read_roster(path)} == {**roster}
    rows = [*csv.DictReader(path.open(encoding="utf-8"))]
    assert [row["shoe"] for row in rows] == ["38", "40", ""]
    assert [*rows[0]] == ["shoe", "id", "first_name", "last_name", "email", "lms_user_id", "group"]


def test_an_lmss_export_in_the_place_of_the_roster_is_not_written_to(tmp_path):
    path = make("canvas", tmp_path, forty()).gradebook
    with pytest.raises(RosterError, match="an LMS's own export, which nothing is added to"):
        content(read_roster(path), path)


def test_nbgrader_imports_what_is_written(tmp_path):
    students = forty()
    exported = read_roster(make("canvas", tmp_path, students).gradebook)
    path = tmp_path / "roster.csv"
    path.write_text(content(exported, path), "utf-8")
    db = f"sqlite:///{tmp_path / 'gradebook.db'}"
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "db", "student", "import", str(path), f"--db={db}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    from nbgrader.api import Gradebook

    with Gradebook(db) as gradebook:
        found = {each.id: (each.last_name, each.lms_user_id) for each in gradebook.students}
    assert found == {student.id: (student.last, str(student.number)) for student in students}
    assert {SAME, SAME_TOO} <= found.keys()


def test_blanks_around_ids_and_names_of_columns_cost_no_column(tmp_path):
    path = written(tmp_path, "id , first_name,shoe\n ann ,Ann,38\n")
    path.write_text(content(merged(read_roster(path), [Row(Person("ben"), by_id=True)]), path), "utf-8")
    rows = [*csv.DictReader(path.open(encoding="utf-8"))]
    assert [(row["id"], row["first_name"], row["shoe"]) for row in rows] == [
        ("ann", "Ann", "38"),
        ("ben", "", ""),
    ]


def test_a_cell_of_many_signs_takes_no_time(tmp_path):
    cell, began = "@" * 60_000 + " x", time.perf_counter()
    path = written(tmp_path, f"Kennung,Name,Mail,Status\nTeilnehmer 1,Ann Lee,{cell},neu\n")
    assert [row.participant for row in read_rows(path)] == ["1"]
    assert time.perf_counter() - began < 1
