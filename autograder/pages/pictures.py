"""Pictures of a notebook as `data:` addresses, which ask no host; a picture in an `<img>` runs no script."""

import base64
import binascii
import io
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, unquote_to_bytes
from xml.parsers import expat

from PIL import Image

from autograder.pages.safe import LeftOutError, Room

MOST_BYTES = 5_000_000
"""How large a picture may be; a photograph from a telephone has about three million bytes."""
MOST_PIXELS = 100_000_000
"""How many dots a picture may have: it takes four bytes of memory for each, however short its file is."""
MEASURED = ("PNG", "JPEG", "GIF")
"""The kinds whose size is looked up; that of the others has an end by itself."""
MOST_SHELVED = 500
"""How many pictures in one text are taken out of it; the others count as text."""
BEGINNINGS = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.S),
}
"""How the files of each kind begin: what a picture calls itself may be wrong."""
SVG = "image/svg+xml"
KINDS = (SVG, *BEGINNINGS)
NAMESPACES = {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"}
_DATA = re.compile(r"data:image/[\w.+-]+;base64,(?P<data>[\w+/=%]+)")
_ROOT = re.compile(r"<svg\b")


class Pictures:
    """Where the pictures of one cell lie: in its attachments, or in the address itself.

    Files that lie beside the notebook may be among the attachments, under their paths.
    """

    def __init__(self, attachments: Mapping[str, Any], room: Room) -> None:
        """Look up names in `attachments` (name → kind → content); what is shown takes of `room`."""
        self._attachments, self._room = attachments, room

    def __call__(self, address: str) -> str:
        """Return the `data:` address of a picture; raise `LeftOutError` where there is none to show."""
        self._room.look_at_picture()
        if address.startswith("attachment:"):
            name = address.removeprefix("attachment:")
            return data_address(self._attached(name), f"the picture “{unquote(name)[:80]}”", self._room)
        if address.startswith("data:"):
            return data_address(_decoded(address), "a picture", self._room)
        path = unquote(address).removeprefix("./")
        if path in self._attachments:
            return data_address(self._attached(path), f"the picture “{path[:80]}”", self._room)
        raise LeftOutError(
            f"the picture “{address[:80]}” lies outside the notebook and is not shown; paste it into the cell"
        )

    def _attached(self, name: str) -> bytes:
        for each in (name, unquote(name)):
            bundle = self._attachments.get(each)
            if isinstance(bundle, Mapping) and bundle:
                return content_of(next(iter(bundle.values())))
        raise LeftOutError(f"the picture “{unquote(name)[:80]}” is missing from the notebook")


def shelve(text: str, attached: dict[str, Any], *, drawn: bool = False) -> str:
    """Take pictures out of a text, which they may make a hundred times longer, and attach them.

    With `drawn`, SVG that stands in it is taken too; as a picture of its own it runs no script.
    """

    def attach(content: str) -> str:
        name = f"in-the-text-{len(attached)}"
        attached[name] = {"": content}
        return f"attachment:{name}"

    text = _DATA.sub(lambda found: attach(unquote(found["data"])), text, count=MOST_SHELVED)
    return _without_drawings(text, attach) if drawn else text


def _without_drawings(text: str, attach: Callable[[str], str]) -> str:
    """Return a text with pictures in the place of its drawings, read once from the top."""
    parts, end = [], 0
    for _ in range(MOST_SHELVED):
        root = _ROOT.search(text, end)
        close = text.find("</svg>", root.end()) if root else -1
        if close < 0:
            break
        drawing = text[root.start() : close + len("</svg>")]
        parts += [text[end : root.start()], f'<img alt="a drawing" src="{attach(drawing)}">']
        end = close + len("</svg>")
    return "".join([*parts, text[end:]])


def content_of(value: Any) -> bytes:
    """Return the bytes of a picture as a notebook holds them: in base64, and an SVG also as its text."""
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    if "<svg" in text:
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def data_address(content: bytes, what: str, room: Room) -> str:
    """Return a picture as a `data:` address; raise `LeftOutError` where it is none, or is too large."""
    kind = next((kind for kind, beginning in BEGINNINGS.items() if beginning.match(content)), "")
    if len(content) > MOST_BYTES:
        raise LeftOutError(f"{what} is larger than {MOST_BYTES // 1_000_000} megabytes and is left out")
    if not kind:
        kind, content = SVG, _whole_svg(content, what)
    if (dots := _dots(content)) > MOST_PIXELS:
        raise LeftOutError(f"{what} has {dots / 1e6:,.0f} million dots, more than a page can show")
    room.take_picture(len(content), what)
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _dots(content: bytes) -> int:
    """Return how many dots a picture says it has; 0 where it is of another kind, or says nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=MEASURED) as picture:
                return picture.width * picture.height
    except Image.DecompressionBombError as error:
        return int(re.search(r"\d+", str(error))[0])
    except Exception:  # a browser will not show it either
        return 0


def _decoded(address: str) -> bytes:
    head, _, body = address.partition(",")
    return content_of(unquote(body)) if head.endswith(";base64") else unquote_to_bytes(body)


def _whole_svg(content: bytes, what: str) -> bytes:
    """Return an SVG that a browser can show by itself; raise `LeftOutError` where it is none."""
    text = content.decode("utf-8", "replace")
    root = _ROOT.search(text)
    end = text.find(">", root.end()) if root else -1
    if end < 0 or "<!ENTITY" in text:
        raise LeftOutError(f"{what} cannot be read: it is no PNG, JPEG, GIF, WebP or SVG")
    said = text[root.start() : end]
    missing = [f'{name}="{value}"' for name, value in NAMESPACES.items() if f"{name}=" not in said]
    text = text[: root.start() + 4] + "".join(f" {each}" for each in missing) + text[root.start() + 4 :]
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # it may name another encoding
    try:
        expat.ParserCreate().Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        raise LeftOutError(f"{what} cannot be read: the SVG is broken in line {error.lineno}") from None
    return text.encode("utf-8")
