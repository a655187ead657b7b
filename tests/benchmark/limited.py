"""Run the command line with other limits: python -m tests.benchmark.limited SECONDS VERB...

The verbs read their settings in `nbgrader_config.py` of this checkout and nowhere else, and that file calls
`configure`; so this adds the limit there, for this process alone.
"""

import sys

from traitlets.config import Config


def main(seconds: int, arguments: list[str]) -> int:
    """Run one verb; a cell, and a call of a graded function, may take `seconds`."""
    from autograder import __main__  # not above: each worker imports this module once more
    from autograder.classroom import course

    configure = course.configure

    def limited(config: Config) -> None:
        configure(config)
        config.BlindExecute.timeout = config.BlindExecute.question_timeout = seconds

    course.configure = limited
    return __main__.main(arguments)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
