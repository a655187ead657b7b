"""Starts programs that run as somebody else: those of the machine with the bit for it, and one of its own."""
# %% last
import json
import os
import shutil
import stat
import subprocess

found = {"programs": [], "flags": {}, "ran": {}}
for folder in ("/usr/bin", "/usr/sbin", "/usr/local/bin"):
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID):
            found["programs"].append(path)
for place in ("/", "/usr", "/scratch", "/proc", os.path.dirname(os.__file__)):
    found["flags"][place] = bool(os.statvfs(place).f_flag & os.ST_NOSUID)
shutil.copy("/usr/bin/id", "own")
os.chmod("own", 0o6755)
commands = {"control": ["/usr/bin/id", "-u"], "own": ["./own", "-u"], "su": ["su", "-c", "id -u"]}
commands |= {"mount": ["mount", "-t", "tmpfs", "none", "/scratch"], "unshare": ["unshare", "-r", "id", "-u"]}
for name, command in commands.items():
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=3, stdin=subprocess.DEVNULL)
        found["ran"][name] = [done.returncode, done.stdout.strip()]
    except OSError as error:
        found["ran"][name] = type(error).__name__
print(json.dumps(found))
