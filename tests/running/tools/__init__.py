"""Notebooks as people's tools write them: what is put in, the ways it goes, and in outputs/ what came out.

`make tools` makes outputs/ and index.json again, with the versions that requirements.txt pins. It needs the
package index and minutes, so CI does not run it; tests/running/test_tools.py grades what is kept.
"""

from pathlib import Path

OUTPUTS = Path(__file__).parent / "outputs"
"""A folder for each way, with what a person would hand in, under the name that the tool gives it."""
INDEX = Path(__file__).parent / "index.json"
"""Of each way: tool, version, command, and the functions that a real kernel found right in what came out."""
