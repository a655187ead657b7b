"""What happens in the class that is begun; it runs inside the earlier build, with that build's own modules.

Ada has everything right. Ben has three functions right, was late, and his answer in words is marked. Cleo
forgets the mask in `td_errors`, has written nothing in words, and was given a point for `gae` by a person.
Dan has one function right, and has changed his answer since it was marked. Eve has written an answer that
nobody has marked. Fred's file is cut off in the middle. Gina is in the gradebook and has handed in nothing.
"""

import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

import solutions
from autograder.cells import exercise_names, find_chapter
from autograder.course import Course
from autograder.example_class import perfect
from autograder.reference import standalone

CHAPTER = "e3_5_complete_formulas"
QUESTION = "explain_time_limits"
DUE = "2026-03-01 12:00:00 UTC"
NO_MASK = """\
def td_errors(rewards, values, next_values, terminated, gamma):
    return rewards + gamma * next_values - values
"""
WORDS = "A time limit ends the recording and not the episode, so the target still bootstraps."
RIGHT = {
    "ada": None,
    "ben": ["td_errors", "td_target", "double_dqn_target"],
    "cleo": [],
    "dan": ["ppo_clip_objective"],
    "eve": [],
    "fred": [],
}
"""Whose functions are right: these of the example class's `perfect`, or all."""


def run(course: Course, *arguments: str) -> None:
    """Run one of the build's verbs."""
    db = ["--db", course.db] if course.db else []
    command = [sys.executable, "-m", "autograder", "--course", str(course.folder), *db, *arguments]
    subprocess.run(command, check=True)


def hand_in(course: Course, student: str, words: str) -> None:
    """Hand in a notebook with the graded cells and the imports alone."""
    names = exercise_names(find_chapter(CHAPTER).notebook())
    right = names if RIGHT[student] is None else RIGHT[student]
    answers = {}
    for name in right:
        own = getattr(perfect, name, None)
        answers[name] = inspect.getsource(own) if own else standalone(getattr(solutions, name), names)
    if student == "cleo":
        answers["td_errors"] = NO_MASK
    if words:
        answers[QUESTION] = words
    target = course.folder / "submitted" / student / CHAPTER
    shutil.copytree(course.folder / "release" / CHAPTER, target, dirs_exist_ok=True)
    path = target / f"{CHAPTER}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    imports = next(cell for cell in notebook.cells if cell.cell_type == "code")
    notebook.cells = [cell for cell in notebook.cells if cell is imports or "nbgrader" in cell.metadata]
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in answers:
            cell.source = answers[name].rstrip()
    text = nbformat.writes(notebook)
    path.write_text(text[: len(text) // 2] if student == "fred" else text, "utf-8")


def mark(course: Course, student: str, cell: str, points: float) -> None:
    """Mark a cell as the formgrader does."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(cell, CHAPTER, CHAPTER, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def comment(course: Course, student: str, cell: str, text: str) -> None:
    """Write a comment as the formgrader does."""
    with course.gradebook() as gradebook:
        gradebook.find_comment(cell, CHAPTER, CHAPTER, student).manual_comment = text
        gradebook.db.commit()


def teach(folder: Path, db: str) -> None:
    """Take the class through two rounds, with a due date, marks and comments."""
    course = Course(folder, db)
    run(course, "release", CHAPTER)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=DUE)
        gradebook.add_student("gina")
    for student in RIGHT:
        hand_in(course, student, "" if student in ("cleo", "fred") else WORDS)
    late = folder / "submitted" / "ben" / CHAPTER / "timestamp.txt"
    late.write_text("2026-03-01 14:30:00 UTC", "utf-8")
    run(course, "grade", CHAPTER)
    for student, points, text in [("ada", 3.5, "Nearly."), ("ben", 2, "Say why."), ("dan", 1, "And then?")]:
        mark(course, student, QUESTION, points)
        comment(course, student, QUESTION, text)
    comment(course, "ben", "td_errors", "Well done.")
    hand_in(course, "dan", f"{WORDS} That is why the mask is about termination alone.")
    run(course, "grade", CHAPTER, "--new-round")
    mark(course, "cleo", "test_gae", 1)
    comment(course, "cleo", "gae", "The idea is right.")
    run(course, "feedback", CHAPTER)
    run(course, "report", CHAPTER)


if __name__ == "__main__":
    teach(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
