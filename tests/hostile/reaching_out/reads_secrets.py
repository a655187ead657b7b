"""Reads what it is told of, by its path and by all ways around that it knows; says what it could read."""
# %% first
import json
import os


def look(path):
    try:
        if os.path.isdir(path):
            return {"read": os.listdir(path)}
        with open(path, "rb") as file:
            return {"read": file.read(100).decode("latin-1")}
    except (OSError, ValueError) as error:
        return {"failed": type(error).__name__}


def ways(path):
    up = "../" * 30
    numbers = [1, os.getpid(), os.getppid()]
    yield path
    yield up + path[1:]
    yield "/usr/" + up + path[1:]
    yield os.path.expanduser("~/") + up + path[1:]
    for number in [*numbers, "self", "thread-self"]:
        for door in ("root", "cwd/" + up, "cwd/..", "fd/0/..", "fd/3/..", "exe/..", "task/1/root"):
            yield f"/proc/{number}/{door}{path}"

# %% last
own = os.path.abspath("own.txt")
with open(own, "w") as file:
    file.write("my own file")
os.symlink(PATHS["shadow"], "link")
found = {name: look(path) for name, path in {**PATHS, "own": own, "link": "link"}.items()}
for name, path in PATHS.items():
    for way in ways(path):
        if "read" in (seen := look(way)) and "read" not in found[name]:
            found[name] = seen
print(json.dumps(found))
