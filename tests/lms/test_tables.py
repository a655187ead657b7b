"""An LMS's table, filled: every byte outside the cells that took points is the one that was exported."""

import csv
import io
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.lms.roster import Person, Roster
from autograder.lms.tables import LAYOUTS, Table, TableError, _number_in, fill, whose

ANN = Person("ann", "Ann", "Lee", "ann@example.org", "4001")
BEN = Person("ben", "Ben", "O'Neil", "ben@example.org", "4002")
ROSTER = Roster([ANN, BEN])
POINTS = {"ann": 7.5}
CANVAS = """\
Student,ID,SIS Login ID,Section,HW 1 (90),HW 10 (91),Final Score
,,,,Manual Posting,,
    Points Possible,,,,10.00,8.50,(read only)
"Lee, Ann",4001,ann,"A ""one"" and B",3.00,,30.00
"O'Neil, Ben",4002,ben,A,,,0.00
"Student, Test",9999,f00,A,,,
"""


def read(tmp_path, content):
    path = tmp_path / "export.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Table.read(path)


def filled(table, lms, item="", keys=None, points=POINTS, titles=(), roster=ROSTER, id_column=""):
    found = whose(table, LAYOUTS[lms], roster, keys or {}, id_column=id_column)
    return fill(table, LAYOUTS[lms], found.rows, points, item=item, titles=titles), found


def cell_texts():
    return st.text(st.sampled_from('ab;,\t"\r\n é=') | st.characters(codec="utf-16"), max_size=6)


@given(
    st.lists(st.lists(cell_texts(), min_size=2, max_size=4), min_size=1, max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_table_is_read_as_pythons_own_reader_reads_it_and_stays_as_it_is(rows, delimiter, quoting, end):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    table = Table(text.getvalue(), delimiter)
    assert table.rows == list(csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter))
    assert table.content() == text.getvalue().encode()


@given(st.lists(st.lists(cell_texts(), min_size=3, max_size=3), min_size=1, max_size=5), st.data())
def test_a_cell_that_is_put_changes_no_other(rows, data):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    table = Table(text.getvalue(), ",")
    row, column = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, 2))
    new = data.draw(cell_texts())
    table.put(row, column, new)
    rows[row][column] = new
    assert list(csv.reader(io.StringIO(table.content().decode(), newline=""))) == rows


ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "cp1252": b"",
    "latin-1": b"",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_bytes_of_every_encoding_and_end_of_line_stay(tmp_path, encoding, end):
    text = CANVAS.replace("Section", "S\x81ction é" if encoding == "latin-1" else "Sectión €").replace(
        "\n", end
    )
    after = text.replace("3.00,,30.00", "3.00,7.5,30.00")
    table = read(tmp_path, ENCODINGS[encoding] + text.encode(encoding))
    assert table.content() == ENCODINGS[encoding] + text.encode(encoding)
    filled(table, "canvas", "HW 10")
    assert table.content() == ENCODINGS[encoding] + after.encode(encoding)


def test_canvas_rows_of_nobody_stay_and_are_no_strangers(tmp_path):
    table = read(tmp_path, CANVAS)
    done, found = filled(table, "canvas", "HW 10")
    assert (done.column, done.graded, done.kept, found.strangers) == ("HW 10 (91)", {"ann": "7.5"}, {}, [])
    assert done.most == {8.5}
    assert table.content().decode() == CANVAS.replace("3.00,,30.00", "3.00,7.5,30.00")


def test_a_title_within_another_is_the_one_that_is_meant(tmp_path):
    done, _ = filled(read(tmp_path, CANVAS), "canvas", "HW 1")
    assert (done.column, done.graded) == ("HW 1 (90)", {"ann": "7.5"})
    done, _ = filled(read(tmp_path, CANVAS), "canvas", titles=["hw 10"])
    assert done.column == "HW 10 (91)"


@pytest.mark.parametrize(
    ("item", "said"), [("", "several columns could"), ("Exam", "no column called 'Exam'")]
)
def test_an_unclear_column_is_a_sentence_with_those_there_are(tmp_path, item, said):
    with pytest.raises(TableError, match=rf"{said}.*'HW 1 \(90\)', 'HW 10 \(91\)'"):
        filled(read(tmp_path, CANVAS), "canvas", item)


def test_who_has_no_points_keeps_the_cell_and_so_has_who_is_excused(tmp_path):
    table = read(tmp_path, CANVAS.replace("A,,,0.00", "A,EX,2.00,0.00"))
    done, _ = filled(table, "canvas", "HW 10")
    assert done.kept == {"ben": "2.00"} and table.rows[4][5] == "2.00"
    done, _ = filled(table, "canvas", "HW 1", points={"ann": 1, "ben": 2})
    assert done.kept == {"ben": "EX"} and table.rows[4][4] == "EX" and done.graded == {"ann": "1"}


def test_a_number_that_is_right_already_keeps_its_digits(tmp_path):
    text = CANVAS.replace("3.00,,30.00", "3.00,7.50,30.00")
    table = read(tmp_path, text)
    done, _ = filled(table, "canvas", "HW 10")
    assert done.graded == {"ann": "7.50"} and table.content() == text.encode()


def test_a_row_that_means_two_people_is_nobodys_and_named(tmp_path):
    table = read(tmp_path, CANVAS.replace("4001,ann", "4001,ben"))
    done, found = filled(table, "canvas", "HW 10")
    assert done.graded == {} and found.strangers == ["Lee, Ann (could be ann or ben)"]


def test_two_of_one_name_are_told_apart_by_what_else_the_row_says(tmp_path):
    roster = Roster(
        [Person("a1", "Ann", "Lee", lms_user_id="1"), Person("a2", "Ann", "Lee", lms_user_id="2")]
    )
    text = 'Student,ID,SIS Login ID,Section,HW (9)\n"Lee, Ann",2,,A,\n"Lee, Ann",,,A,\n'
    done, found = filled(read(tmp_path, text), "canvas", points={"a1": 1, "a2": 2}, roster=roster)
    assert done.graded == {"a2": "2"} and found.strangers == ["Lee, Ann (could be a1 or a2)"]


GERMAN = (
    "ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Zuletzt geändert (Bewertung);"
    "Feedback als Kommentar\n"
    "Teilnehmer/in7300001;Lee Ann;ann@example.org;Abgegeben;;42,00;-;\n"
    "Teilnehmer/in7300002;O'Neil Ben;ben@example.org;Abgegeben;3,25;42,00;-;gut\n"
)


def test_a_worksheet_in_another_language_is_filled_with_its_decimal_comma(tmp_path):
    table = read(tmp_path, GERMAN)
    done, found = filled(table, "moodle")
    assert (done.column, done.graded, done.kept) == ("Bewertung", {"ann": "7,5"}, {"ben": "3,25"})
    assert done.most == {42.0} and found.numbers == {"ann": "7300001", "ben": "7300002"}
    assert table.content().decode() == GERMAN.replace("Abgegeben;;", "Abgegeben;7,5;")


def test_a_language_that_nobody_knows_needs_the_name_of_the_column_alone(tmp_path):
    table = read(tmp_path, GERMAN.replace("Bewertung;", "Hindamine;"))
    with pytest.raises(TableError, match=r"say with --item which of: 'ID', .*'Hindamine'"):
        filled(table, "moodle")
    assert filled(table, "moodle", "hindamine")[0].graded == {"ann": "7,5"}


def test_a_blind_worksheet_is_matched_by_the_numbers_of_the_download(tmp_path):
    text = (
        "Identifier,Status,Grade,Maximum grade\nParticipant 7300001,x,,42.00\nParticipant 7300002,x,,42.00\n"
    )
    keys = {
        "ann": "Participant_7300001_assignsubmission_file_",
        "ben": "Ben ONeil_7300002_assignsubmission_file",
    }
    done, _ = filled(read(tmp_path, text), "moodle", keys=keys, points={"ann": 1, "ben": 2})
    assert done.graded == {"ann": "1", "ben": "2"}
    group = dict.fromkeys(["ann", "ben"], "Team 7_7300001_assignsubmission_file_")
    done, found = filled(read(tmp_path, text), "moodle", keys=group, points={"ann": 1, "ben": 2})
    assert done.graded == {} and len(found.strangers) == 2, "a group's number is no member's"


def test_a_decimal_comma_between_commas_is_quoted(tmp_path):
    text = 'Identifier,Full name,Grade,Maximum grade\nParticipant 1,Ann Lee,,"42,00"\n'
    table = read(tmp_path, text)
    filled(table, "moodle")
    assert table.content().decode() == text.replace("Lee,,", 'Lee,"7,5",')


def test_a_column_of_the_ids_can_be_named(tmp_path):
    text = "Nr,Wer,Punkte\n1,ben,\n2,ann,\n"
    done, _ = filled(read(tmp_path, text), "plain", "Punkte", id_column="wer")
    assert done.graded == {"ann": "7.5"}
    with pytest.raises(TableError, match="no column 'Login'; there are: 'Nr', 'Wer', 'Punkte'"):
        filled(read(tmp_path, text), "plain", "Punkte", id_column="Login")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04\0\0\0", "is no CSV file"),
        (b"\xff\xfea", "export.csv: the file is damaged"),
        (b'Student,ID\n"Lee,4001\n', "line 2 is not closed"),
        (b"a,b\n1,2\n", "no column tells whose a row is"),
    ],
)
def test_what_is_no_table_is_a_sentence(tmp_path, content, said):
    with pytest.raises(TableError, match=said):
        filled(read(tmp_path, content), "canvas", "b")


def test_a_table_of_ten_thousand_takes_no_time(tmp_path):
    some = random.Random(1)
    people = [Person(f"u{n}", f"F{n}", f"L{n}", lms_user_id=str(n)) for n in range(10_000)]
    lines = [f'"L{n}, F{n}",{n},u{n},A,,' for n in some.sample(range(10_000), 10_000)]
    text = "\n".join(["Student,ID,SIS Login ID,Section,HW (9),Final", *lines])
    points = {each.id: float(each.lms_user_id) for each in people}
    done, _ = filled(read(tmp_path, text), "canvas", points=points, roster=Roster(people))
    assert len(done.graded) == 10_000 and done.graded["u77"] == "77"


def test_a_cell_of_many_digits_takes_no_time():
    began = time.perf_counter()
    assert _number_in(["1" * 100_000 + "x"], 0, LAYOUTS["moodle"]) == ""
    assert _number_in(["Participant 123456 "], 0, LAYOUTS["moodle"]) == "123456"
    assert time.perf_counter() - began < 1
