"""The command line: python -m autograder VERB; each verb is one function here."""

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import CourseError
from autograder.classroom.keeping import in_a_sentence
from autograder.desk import doctor
from autograder.running.printing import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tqdm import tqdm

    from autograder.classroom.course import Course
    from autograder.running.bounds import Bounds
    from autograder.running.workers import Workers

UNSAFE = "run submissions without isolation, as programs of yours; only where you trust every one of them"

LMSS = ["canvas", "moodle", "blackboard", "brightspace", "sakai", "ilias", "gradescope", "plain"]
"""The LMS's that something can be returned to, by name: what knows them takes long to import."""
MOST_NAMED = 10
"""How many students a sentence names."""


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and return the exit status: 0, or 1 after one sentence that says what is wrong."""
    sys.unraisablehook = _interrupt_again
    chosen = _parser().parse_args(arguments)
    try:
        with in_a_sentence("the output"):
            status = chosen.run(chosen)
            sys.stdout.flush()
        return status
    except CourseError as error:
        print(printable_lines(f"autograder: {error}"), file=sys.stderr)
        _drop_what_cannot_be_written()
        return 1
    except KeyboardInterrupt:
        print("autograder: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        _drop_what_cannot_be_written()
        return 0


def _drop_what_cannot_be_written() -> None:
    """Leave nothing in the output's buffer that Python would try to write once more when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Repeat Ctrl-C where it fell into code that cannot be left, as while something is destroyed."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(unraisable)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograder", description="Release, grade and report.")
    parser.add_argument(
        "--course", type=_folder, default=Path("course"), help="the class folder (default: course)"
    )
    parser.add_argument(
        "--db",
        metavar="URL",
        help="the gradebook, for example postgresql://user@host/name (default: NBGRADER_DB_URL, or a file "
        "in the class folder)",
    )
    verbs = parser.add_subparsers(required=True, metavar="verb")

    def verb(name: str, run: object, about: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=about, description=about)
        added.set_defaults(run=run)
        return added

    each = verb("release", _release, "make the student notebooks of all chapters, or of those named")
    each.add_argument(
        "chapters", nargs="*", metavar="chapter", help="none: all but optional ones, which have to be named"
    )
    each = verb("collect", _collect, "put what an LMS has collected for a chapter into the class")
    each.add_argument("chapter")
    each.add_argument("archives", nargs="+", type=Path, metavar="archive", help="a zip, or the folder of one")
    each.add_argument("--lms", default="", help="where the names fit two: canvas, moodle, blackboard ...")
    each.add_argument(
        "--roster", type=Path, metavar="FILE", help="who is who: kept as roster.csv of the class"
    )
    each.add_argument("--times", type=Path, metavar="FILE", help="an LMS's export that says who came when")
    each.add_argument("--timezone", default="", metavar="ZONE", help="of local times, as in Europe/Berlin")
    each.add_argument("--attempt", choices=["first", "latest"], default="latest", help="which one counts")
    each.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
    each = verb("grade", _grade, "grade what was handed in for a chapter")
    each.add_argument("chapter")
    who = each.add_mutually_exclusive_group()
    who.add_argument("--student", default="*", help="grade only this one")
    who.add_argument(
        "--new-round", action="store_true", help="draw a new secret seed first, and so grade everybody again"
    )
    each.add_argument("--notebook", metavar="FILE", help="of this --student's notebooks, grade that one")
    each.add_argument("--force", action="store_true", help="grade again what was graded before")
    each.add_argument("--json", action="store_true", help="print a line of JSON for each, and one in the end")
    each.add_argument("--unsafe-no-isolation", action="store_true", help=UNSAFE)
    _add_workers(each)
    each = verb("check", _check, "try one notebook and print its verdicts; no gradebook is touched")
    each.add_argument("notebook", type=Path)
    each.add_argument("--chapter", help="the chapter, where the notebook is not named after it")
    each.add_argument("--round", type=int, help="the hidden cases of this round (default: the current one)")
    each.add_argument("--unsafe-no-isolation", action="store_true", help=UNSAFE)
    each = verb("feedback", _feedback, "write each student's feedback page for a chapter")
    each.add_argument("chapter")
    each.add_argument("--student", default="*", help="write only this one's")
    _add_workers(each)
    each = verb("report", _report, "what the class has made of chapters: a table, CSV, JSON, or a page")
    _add_what_to_report(each)
    _add_dates(verb("dates", _dates, "print when chapters are due and for whom later; set, extend, import"))
    each = verb("similar", _similar, "show whose answers are alike beyond chance, side by side")
    each.add_argument("chapter")
    each.add_argument("--html", type=Path, metavar="FILE", help="write the page that shows the pairs")
    each = verb("mark", _mark, "give out the answers to a question in words, and take the marks back")
    each.add_argument("chapter")
    what = each.add_mutually_exclusive_group(required=True)
    what.add_argument("--export", type=Path, metavar="FILE", help="write FILE.html to read, FILE.csv to fill")
    what.add_argument("--import", type=Path, metavar="FILE", dest="take", help="take the marks in FILE.csv")
    each.add_argument("--question", default="", metavar="NAME", help="which, where a chapter has several")
    each.add_argument("--all", action="store_true", help="give out those that are marked, too")
    each.add_argument("--extra", action="store_true", help="take more points than the question has, too")
    each = verb("history", _history, "print all that the record holds of a student, and why")
    each.add_argument("student")
    each.add_argument("chapter", nargs="?", default="")
    each.add_argument("--json", action="store_true", help="print a line of JSON for each entry")
    each = verb("forget", _forget, "remove all that a class holds of a student")
    each.add_argument("student")
    each.add_argument("--yes", action="store_true", help="do not ask for the id once more")
    _add_return(
        verb("return", _return, "make what an LMS takes back: feedback pages, and grades in its table")
    )
    each = verb("grades", _grades, "write one list of all chapters for an exam office")
    each.add_argument("chapters", nargs="*", metavar="chapter", help="only these (default: all)")
    about = "make it, with the grades of this table: CSV with the columns from (21, or 50%%) and grade"
    each.add_argument("--exam-office", type=Path, metavar="BOUNDARIES.csv", required=True, help=about)
    each.add_argument("--to", type=Path, metavar="FILE", help="where (default: exam-office.csv in the class)")
    each.add_argument("--delimiter", default=",", help="between the columns; tab is said as tab (default: ,)")
    each.add_argument("--bom", action="store_true", help="begin with a byte-order mark, as Excel wants it")
    each.add_argument("--decimal-comma", action="store_true", help="write 7,5 for seven and a half")
    verb("example", _example, "make the example class in the class folder and take it the whole way")
    verb("settings", _settings, "print the settings, their values here and what they mean")
    verb("doctor", _doctor, "say what this machine has, and what each missing part would add")
    return parser


def _add_dates(verb: argparse.ArgumentParser) -> None:
    """Add what `dates` does beside printing them."""
    verb.set_defaults(action="", because="")
    actions = verb.add_subparsers(dest="action", metavar="set, extend or import")
    when = "as in 2026-12-01T23:59+01:00; none takes the date away"
    each = actions.add_parser("set", help="set when a chapter is due")
    each.add_argument("chapter")
    each.add_argument("when", help=when)
    each = actions.add_parser("extend", help="give one student more time")
    each.add_argument("student")
    each.add_argument("chapter")
    each.add_argument("when", help=when)
    each.add_argument("--because", default="", metavar="WHY", help="the reason, which the record keeps")
    each = actions.add_parser("import", help="set all dates of a CSV file: student_id,assignment,duedate")
    each.add_argument("file", type=Path)


def _add_return(each: argparse.ArgumentParser) -> None:
    each.add_argument("chapter")
    each.add_argument("--lms", choices=LMSS, required=True, help="which LMS it is for")
    each.add_argument("--pages", action="store_true", help="the feedback pages, as this LMS takes them")
    about = "its own export, to be filled with the points; nothing else in it changes"
    each.add_argument("--grades", type=Path, metavar="EXPORT.csv", help=about)
    each.add_argument("--item", default="", metavar="TITLE", help="the column for the points, if unclear")
    about = "the column with ids, logins or addresses of the roster, if unclear"
    each.add_argument("--id-column", default="", metavar="NAME", help=about)
    each.add_argument("--mail", action="store_true", help="a letter to each with the page; none is sent")
    about = "where it is put (default: returned/CHAPTER in the class)"
    each.add_argument("--to", type=Path, metavar="FOLDER", help=about)
    _add_workers(each)


def _folder(name: str) -> Path:
    if not name:  # as from a variable of the shell that is not set; a path would make it this folder
        raise argparse.ArgumentTypeError("the name of the class folder is empty")
    return Path(name)


def _course(chosen: argparse.Namespace) -> "Course":
    """Return the class folder that `--course` names, with the gradebook that `--db` names."""
    from autograder.classroom.course import Course
    from autograder.classroom.folders import usable

    return Course(usable(chosen.course), chosen.db or "")


def _release(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import chapters, find_chapter
    from autograder.desk.release import changed_points, release

    course = _course(chosen)
    named = [find_chapter(name) for name in chosen.chapters]
    for chapter in named or [each for each in chapters() if not each.is_optional]:
        changed = changed_points(chapter, course)
        print(printable(f"released {release(chapter, course)}"))
        if changed:
            print(changed)
    return 0


def _collect(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter
    from autograder.desk.collect import Options, planned, put, table

    course, assignment = _course(chosen), find_chapter(chosen.chapter).name
    asked = (chosen.lms, chosen.roster, chosen.times, chosen.timezone, chosen.attempt, chosen.dry_run)
    with planned(assignment, course, chosen.archives, Options(*asked)) as plan:
        outcomes = []
        with _bar(len(plan.chosen), "collected") as bar:
            for outcome in put(plan):
                outcomes.append(outcome)
                bar.update()
        print(table(plan, outcomes))
    if chosen.dry_run:
        print("nothing is written, as --dry-run asks for")
    else:
        print(f"it is graded by: {course.command('grade', assignment)}")
    return 0


def _grade(chosen: argparse.Namespace) -> int:
    from autograder.running import sandbox, workers

    sandbox.begin()  # both warm up while this process imports the rest
    if not chosen.scheduler:
        workers.begin("autograder.running.task")
    from autograder.chapter.cells import find_chapter
    from autograder.desk.feedback import outdated_pages
    from autograder.desk.grade import PenaltyError, State, choose_notebook, grade, submissions

    course, assignment = _course(chosen), find_chapter(chosen.chapter).name
    if chosen.notebook:
        if chosen.student == "*":
            raise CourseError("--notebook says which notebook of one student counts; name the --student too")
        choose_notebook(assignment, course, chosen.student, chosen.notebook)
    if chosen.unsafe_no_isolation:
        course.config.BlindExecute.unsafe_no_isolation = True
        print("grading WITHOUT ISOLATION: submissions run as programs of yours", file=sys.stderr)
    count = len(submissions(assignment, course, chosen.student))
    started, states, complaint = time.monotonic(), Counter(), None
    options = {"force": chosen.force, "new_round": chosen.new_round}
    options["workers"] = _workers(chosen, count, course.bounds())
    try:
        with _bar(count, "graded") as bar:
            for outcome in grade(assignment, course, chosen.student, **options):
                states[outcome.state] += 1
                if chosen.json or outcome.is_worth_a_line or bar.disable:
                    bar.write(outcome.as_json() if chosen.json else str(outcome))
                    sys.stdout.flush()
                bar.set_postfix(failed=states[State.NOT_GRADED], refresh=False)
                bar.update()
    except PenaltyError as error:  # nothing else is missing
        complaint = error
    except KeyboardInterrupt:
        print(f"stopped; go on with: {_going_on(chosen, course, assignment)}", file=sys.stderr)
        return 130
    seconds, isolated = time.monotonic() - started, not course.limits()["unsafe_no_isolation"]
    if chosen.json:
        counts = {state.name.lower(): states[state] for state in State}
        used = {"seconds": round(seconds, 3), "isolated": isolated, "round": str(course.round(assignment))}
        print(json.dumps({"summary": counts | used}))
    else:
        counted = ", ".join(f"{states[state]} {state}" for state in State if states[state])
        print(f"{counted}, in {seconds:.1f} seconds")
        if not isolated:
            print("graded WITHOUT ISOLATION, as --unsafe-no-isolation asks for; the results say so")
        print(f"graded with the hidden cases of {course.round(assignment)}")
        if old := outdated_pages(assignment, course):
            named = ", ".join(map(printable, old[:MOST_NAMED])) + (" ..." if len(old) > MOST_NAMED else "")
            print(f"feedback pages that tell of an earlier grading: {len(old)} ({named})")
        print(f"the feedback is written by: {course.command('feedback', assignment)}")
    if complaint:
        raise complaint
    return 1 if states[State.NOT_GRADED] else 0


def _going_on(chosen: argparse.Namespace, course: "Course", assignment: str) -> str:
    """Return the command that goes on with a grading that was stopped."""
    from autograder.classroom.commands import option

    who = [] if chosen.student == "*" else option("--student", chosen.student)
    where = option("--scheduler", chosen.scheduler) if chosen.scheduler else []
    trusted = ["--unsafe-no-isolation"] if chosen.unsafe_no_isolation else []
    return course.command("grade", assignment, *who, *where, *trusted)


def _add_what_to_report(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "chapters", nargs="*", metavar="chapter", help="of several, a total for each and of all"
    )
    verb.add_argument("--all", action="store_true", help="all chapters that are released")
    verb.add_argument(
        "--section", metavar="NAME", default="", help="only who is in it, by the class's roster"
    )
    verb.add_argument("--csv", metavar="FILE", help="write a table for programs; - prints it")
    verb.add_argument("--json", metavar="FILE", help="write the same as JSON; - prints it")
    rows = "exercise: a row for each student and exercise (default); student: one for each student"
    verb.add_argument("--per", choices=("exercise", "student"), default="exercise", help=rows)
    verb.add_argument("--html", metavar="FILE", help="write a page for a meeting: statistics, misconceptions")
    needs = "on that page: below this share of the points somebody needs a word (default: 0.5)"
    verb.add_argument("--below", metavar="SHARE", type=_share, default=0.5, help=needs)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share from 0 to 1")
    return share


def _add_workers(verb: argparse.ArgumentParser) -> None:
    many = verb.add_mutually_exclusive_group()
    many.add_argument("--workers", type=int, metavar="N", help="worker processes (default: one a core)")
    many.add_argument("--scheduler", metavar="URL", help="let a Dask cluster do it, as in tcp://host:8786")


def _workers(chosen: argparse.Namespace, count: int, bounds: "Bounds") -> "Workers":
    """Return who does the work: processes with bounds, also for a single task."""
    from autograder.running import workers

    if chosen.scheduler:
        from autograder.running.cluster import cluster

        return cluster(chosen.scheduler, bounds)
    asked = workers.all_cores() if chosen.workers is None else chosen.workers
    if asked < 1:
        raise CourseError(f"--workers must be at least 1, not {asked}")
    return workers.local(min(asked, count), bounds)


def _bar(count: int, done: str) -> "tqdm":
    """Return a progress bar, which shows nothing where nobody looks at a terminal."""
    from tqdm import tqdm

    return tqdm(total=count, desc=done, unit="", disable=None, dynamic_ncols=True, smoothing=0.1)


def _check(chosen: argparse.Namespace) -> int:
    from autograder.running import sandbox, workers

    sandbox.begin()
    workers.begin("autograder.running.task")
    from autograder.desk.check import check

    course = _course(chosen)
    if chosen.unsafe_no_isolation:
        course.config.BlindExecute.unsafe_no_isolation = True
    used = workers.local(1, course.bounds())
    for line in check(chosen.notebook, course, chosen.chapter, chosen.round, workers=used):
        print(printable_lines(line), flush=True)
    return 0


def _feedback(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter
    from autograder.desk.feedback import without_pages

    course, assignment = _course(chosen), find_chapter(chosen.chapter).name
    _write_pages(chosen, assignment, course, chosen.student, is_told=True)
    if waiting := without_pages(assignment, course):
        print(f"handed in but not graded, so without a page: {', '.join(map(printable, waiting))}")
    _name_those_of_another_round(assignment, course)
    return 0


def _write_pages(
    chosen: argparse.Namespace, assignment: str, course: "Course", student: str = "*", *, is_told: bool
) -> None:
    """Write feedback pages behind a bar; where there is none each page is told, if that is wanted."""
    from autograder.desk.feedback import feedback, students_with_pages

    count = len(students_with_pages(assignment, course, student))
    used = _workers(chosen, count, course.page_bounds())
    with _bar(count, "written") as bar:
        for page in feedback(assignment, course, student, workers=used):
            if bar.disable and is_told:
                print(printable(f"wrote {page}"))
            bar.update()


def _return(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter
    from autograder.classroom.export import Export
    from autograder.desk.hand_back import FOLDER, Wanted, hand_back

    course, assignment = _course(chosen), find_chapter(chosen.chapter).name
    export = Export(chosen.lms, chosen.grades, chosen.item, chosen.id_column) if chosen.grades else None
    pages = chosen.pages or not (export or chosen.mail)
    if pages or chosen.mail:  # a mark that was given since is on no page yet
        _write_pages(chosen, assignment, course, is_told=False)
    to = chosen.to or course.folder / FOLDER / assignment
    for line in hand_back(assignment, course, Wanted(chosen.lms, to, export, pages, chosen.mail)):
        print(printable(line))
    _name_those_of_another_round(assignment, course)
    return 0


def _grades(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter
    from autograder.desk.grades import FILE, Form, exam_office, read_boundaries

    course, chapters = _course(chosen), [find_chapter(each).name for each in chosen.chapters]
    delimiter = "\t" if chosen.delimiter == "tab" else chosen.delimiter
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise CourseError(f"--delimiter is one character, or tab, and not {chosen.delimiter!r}")
    form = Form(delimiter, mark=chosen.bom, decimal_comma=chosen.decimal_comma)
    to = chosen.to or course.folder / FILE
    for line in exam_office(course, read_boundaries(chosen.exam_office), form, to, chapters):
        print(printable(line))
    return 0


def _report(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter, pages
    from autograder.classroom.entering import enter_marks_if_possible
    from autograder.desk.report import as_csv, as_json, as_text, gather, hand_out, released_chapters

    if bool(chosen.chapters) == chosen.all:
        raise CourseError("report takes the names of chapters, or --all for every one that is released")
    if (chosen.csv, chosen.json, chosen.html).count("-") > 1:
        raise CourseError("only one of --csv, --json and --html can be printed; name a file for the others")
    course, named = _course(chosen), {find_chapter(name).name for name in chosen.chapters}
    wanted = [each for each in pages() if each.name in named] or released_chapters(course)
    with course.gradebook() as gradebook:
        for chapter in wanted:
            enter_marks_if_possible(gradebook, course.folder, chapter.name)
    asked = {"csv": chosen.csv, "json": chosen.json, "html": chosen.html}
    report = gather(wanted, course, chosen.section, verdicts=any(asked.values()), watch=_watched)
    for where, made in ((chosen.csv, as_csv), (chosen.json, as_json)):
        if where:
            hand_out(made(report, chosen.per), where, report)
    if chosen.html:
        from autograder.desk.overview import page

        hand_out(page(report, chosen.below), chosen.html, report)
    if any(asked.values()):
        return 0
    print(as_text(report, course))
    for chapter in wanted:
        _name_those_of_another_round(chapter.name, course)
    return 0


def _watched(students: "Sequence[str]") -> "Iterator[str]":
    """Yield students and show how far it is."""
    with _bar(len(students), "verdicts read") as bar:
        for student in students:
            yield student
            bar.update()


def _name_those_of_another_round(assignment: str, course: "Course") -> None:
    from autograder.desk.grade import of_another_round

    if others := of_another_round(assignment, course):
        print(f"still graded in an earlier round: {', '.join(map(printable, others))}")


def _dates(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter
    from autograder.desk.dates import Date, dates, read_file, read_when, set_dates

    course = _course(chosen)
    if chosen.action == "import":
        set_dates(read_file(chosen.file), course)
    elif chosen.action:
        assignment, student = find_chapter(chosen.chapter).name, getattr(chosen, "student", "")
        set_dates([Date(assignment, read_when(chosen.when), student, chosen.because)], course)
    for date in dates(course):
        print(printable(str(date)))
    return 0


def _similar(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter
    from autograder.classroom.keeping import in_a_sentence, write_whole
    from autograder.desk.similar import PROVES, page, similar

    chapter, course = find_chapter(chosen.chapter), _course(chosen)
    found = similar(chapter.name, course)
    for exercise in found.exercises:
        print(exercise)
    print()
    for (one, other), matches in found.pairs.items():
        print(printable(f"{one} and {other}"))
        for match in matches:
            print(f"  {match}")
    print(f"pairs that are alike beyond chance: {len(found.pairs)}. {PROVES}")
    if chosen.html:
        with in_a_sentence(chosen.html):
            write_whole(chosen.html, page(chapter.name, found))
        print(printable(f"wrote {chosen.html}, which holds names and work of students"))
    return 0


def _mark(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter
    from autograder.desk.marking import import_marks, told_of_export, told_of_import

    chapter, course = find_chapter(chosen.chapter), _course(chosen)
    if chosen.take:
        print(told_of_import(import_marks(chapter.name, course, chosen.take, extra=chosen.extra)))
        print(f"the pages are written by: {course.command('feedback', chapter.name)}")
    else:
        print(told_of_export(chapter, course, chosen.export, chosen.question, everybody=chosen.all))
    return 0


def _history(chosen: argparse.Namespace) -> int:
    from autograder.chapter.cells import find_chapter
    from autograder.desk.history import history

    course = _course(chosen)
    assignment = find_chapter(chosen.chapter).name if chosen.chapter else ""
    found = history(course, chosen.student, assignment)
    for each in found.entries if chosen.json else found.lines():
        print(json.dumps(each) if chosen.json else printable(each))
    return 0


def _forget(chosen: argparse.Namespace) -> int:
    from autograder.desk.forget import NOT_OURS, forget, refuse_stranger

    course = _course(chosen)
    refuse_stranger(course, chosen.student)
    if not chosen.yes:
        print(
            printable(f"all that {course.folder} holds of {chosen.student} is about to be removed for good")
        )
        try:
            typed = input("type the id again: ")
        except EOFError:
            typed = ""
        if typed != chosen.student:
            raise CourseError("this is not the id, so nothing was removed")
    for line in forget(course, chosen.student):
        print(printable(line))
    print(NOT_OURS)
    return 0


def _example(chosen: argparse.Namespace) -> int:
    from autograder.classroom.folders import usable
    from autograder.example_class.run import run

    return run(usable(chosen.course))


def _settings(chosen: argparse.Namespace) -> int:
    from autograder.classroom.lateness import LatePolicy
    from autograder.classroom.preprocessors import BlindExecute, GradedCellsOnly
    from autograder.lms.forms import Collect

    config = _course(chosen).config

    print("Set these at the end of nbgrader_config.py, for example: c.BlindExecute.question_timeout = 20\n")
    for part in (BlindExecute, Collect, GradedCellsOnly, LatePolicy):
        for name, trait in sorted(part.class_own_traits(config=True).items()):
            print(f"c.{part.__name__}.{name} = {getattr(part(config=config), name)!r}\n    {trait.help}")
    return 0


def _doctor(_: argparse.Namespace) -> int:
    return doctor.main()


if __name__ == "__main__":
    sys.exit(main())
