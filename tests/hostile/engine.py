"""The command line with other limits: LIMITS ARGUMENTS. The limits, JSON, are set as in nbgrader_config.py.

A process of its own, so that what it leaves behind is told from what the tests have. `batch.py` starts it.
"""

import json
import sys

from traitlets.config import Config

from autograder import __main__
from autograder.classroom import course


def main(limits: str, *arguments: str) -> int:
    """Do what `python -m autograder ARGUMENTS` does; return its exit status."""
    configure = course.configure

    def configure_with_limits(config: Config) -> None:
        configure(config)
        config.BlindExecute.update(json.loads(limits))

    course.configure = configure_with_limits
    return __main__.main(list(arguments))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
