"""Makes empty files, folders and links until it is stopped."""
# %% last
import json
import os

made = 0
try:
    while made < 1_000_000:
        os.mkdir(f"hostile-was-here-{made}")
        open(f"hostile-was-here-{made}/file", "x").close()
        os.symlink("/" * 4000, f"hostile-was-here-{made}/link")
        made += 3
except OSError as error:
    print(json.dumps([made, error.strerror]))
