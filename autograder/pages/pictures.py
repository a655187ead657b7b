"""Pictures of a notebook as `data:` addresses, which ask no host; a picture in an `<img>` runs no script."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, unquote_to_bytes
from xml.parsers import expat

from autograder.pages.safe import LeftOutError, Room

MOST_BYTES = 5_000_000
"""How large a picture may be; a photograph from a telephone has about three million bytes."""
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
_DRAWN = re.compile(r"<svg\b(?P<data>.*?</svg>)", re.S)
_ROOT = re.compile(r"<svg\b[^>]*>")


class Pictures:
    """Where the pictures of one cell lie: in its attachments, or in the address itself.

    Files that lie beside the notebook may be among the attachments, under their paths.
    """

    def __init__(self, attachments: Mapping[str, Any], room: Room) -> None:
        """Look up names in `attachments` (name → kind → content); what is shown takes of `room`."""
        self._attachments, self._room = attachments, room

    def __call__(self, address: str) -> str:
        """Return the `data:` address of a picture; raise `LeftOutError` where there is none to show."""
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

    text = _DATA.sub(lambda found: attach(unquote(found["data"])), text)
    if not drawn:
        return text
    return _DRAWN.sub(lambda found: f'<img alt="a drawing" src="{attach(found[0])}">', text)


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
    if not kind:
        kind, content = SVG, _whole_svg(content, what)
    if len(content) > MOST_BYTES:
        raise LeftOutError(f"{what} is larger than {MOST_BYTES // 1_000_000} megabytes and is left out")
    room.take_picture(len(content), what)
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _decoded(address: str) -> bytes:
    head, _, body = address.partition(",")
    return content_of(unquote(body)) if head.endswith(";base64") else unquote_to_bytes(body)


def _whole_svg(content: bytes, what: str) -> bytes:
    """Return an SVG that a browser can show by itself; raise `LeftOutError` where it is none."""
    text = content.decode("utf-8", "replace")
    root = _ROOT.search(text)
    if root is None or "<!ENTITY" in text:
        raise LeftOutError(f"{what} cannot be read: it is no PNG, JPEG, GIF, WebP or SVG")
    missing = [f'{name}="{value}"' for name, value in NAMESPACES.items() if f"{name}=" not in root[0]]
    text = text[: root.start() + 4] + "".join(f" {each}" for each in missing) + text[root.start() + 4 :]
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # it may name another encoding
    try:
        expat.ParserCreate().Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        raise LeftOutError(f"{what} cannot be read: the SVG is broken in line {error.lineno}") from None
    return text.encode("utf-8")
