"""nbgrader's formgrader over a class, as `jupyter lab` starts it, and a real browser to look at it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver

from autograder.chapter.cells import ROOT
from tests.browser import chromedriver, chromium

CONFIGURATION = """\
import sys
sys.path.insert(0, {root!r})
from autograder.classroom.course import configure
c = get_config()
configure(c)
c.CourseDirectory.root = {folder!r}
"""


@contextmanager
def served(course, more=""):
    """Serve a class on loopback, with `more` lines in its configuration; ended by its own process."""
    folder = course.folder
    config = CONFIGURATION.format(root=str(ROOT), folder=str(folder)) + more
    (folder / "nbgrader_config.py").write_text(config, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", f"--port={port}", "--ip=127.0.0.1"]
    command += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    command += ["--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}"]
    if os.geteuid() == 0:
        command.append("--allow-root")
    environment = os.environ | {"HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / ".jupyter")}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    log = folder / "server.log"
    with log.open("w") as written:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=written, stderr=written)
        url = f"http://127.0.0.1:{port}/formgrader"
        try:
            _wait_until_it_answers(url, server, log)
            yield url
        finally:
            server.terminate()
            server.wait(20)


def _wait_until_it_answers(url, server, log):
    for _ in range(120):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail(log.read_text())


@contextmanager
def opened_browser():
    """Open Chromium, which finds no host but this machine."""
    options = webdriver.ChromeOptions()
    options.binary_location = chromium()
    for flag in ("headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking"):
        options.add_argument(f"--{flag}")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.add_argument("--window-size=1280,1600")
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver()))
    try:
        yield browser
    finally:
        browser.quit()
