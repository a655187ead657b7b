"""The command line in a process that waits for a gradebook for so many seconds: python -m ... SECONDS ..."""

import sys

from autograder import __main__
from autograder.classroom import waiting

if __name__ == "__main__":
    waiting.PATIENCE = int(sys.argv[1])
    sys.exit(__main__.main(sys.argv[2:]))
