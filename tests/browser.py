"""Real Chromium: where it is, what a test does without it, and a server that hears whom a page asks."""

import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import lacking


def installed(*names: str) -> str:
    """Return the first of these programs that is there; skip without any, and fail in CI."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        lacking(f"{names[0]} is missing: no real browser")
    return found


def chromium() -> str:
    return installed("chromium", "chromium-browser", "google-chrome")


def chromedriver() -> str:
    return installed("chromedriver")


class Listener(http.server.ThreadingHTTPServer):
    """A server on loopback that has nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Remembers)
        self.asked: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Remembers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path.strip("/"))
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def listening() -> Iterator[Listener]:
    """Serve in a thread until the block ends."""
    with Listener() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
