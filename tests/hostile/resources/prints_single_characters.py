"""Prints single characters for ever, to the one stream and the other in turn, so that none can be joined."""
# %% first
import sys

while True:
    sys.stdout.write("x")
    sys.stderr.write("x")
