# mypy: untyped-calls-exclude=twisted
"""The scripts and styles of the dialplan editor: the bundle where it was built, else the plain page's
modules.

Their address holds a hash of their contents, so that browsers keep them for good.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.web.endpoint import HEADERS, Endpoint, Reply

KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
POLICY = HEADERS[b"content-security-policy"].replace(
    b"script-src 'self'", b"script-src 'self' 'wasm-unsafe-eval'"
)
"""What the page's scripts may do, those of its worker too: Graphviz is WebAssembly."""
NOT_BUILT = "its bundle was not built; `make setup` builds it"


class Manifest(msgspec.Struct, frozen=True):
    """What the build wrote beside the bundle (`ivrcore.web.assets_build`)."""

    reason: str = NOT_BUILT
    """Why there is no bundle; empty where there is one."""


class EditorFiles:
    """The files by name, read once. ``folder`` is `ivrcore/web`."""

    def __init__(self, folder: Traversable | None = None) -> None:
        web = folder or files("ivrcore.web")
        self.missing = _manifest(web / "built" / "manifest.json").reason
        """Why the page is the plain one; empty where it is not."""
        source = web / "editor" / "src" if self.missing else web / "built"
        self.contents = {
            file.name: file.read_bytes() for file in source.iterdir() if _ending(file.name) in KINDS
        }
        digest = hashlib.sha256()
        for name, content in sorted(self.contents.items()):
            digest.update(name.encode() + b"\0" + content)
        self.stamp = digest.hexdigest()[:16]

    def address(self, name: str) -> str:
        """Where a file of these is."""
        return f"/assets/{self.stamp}/{name}"

    @property
    def script(self) -> str:
        """The address of the script that starts the page."""
        return self.address("plain.js" if self.missing else "main.js")


def _manifest(file: Traversable) -> Manifest:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return Manifest()


def _ending(name: str) -> str:
    return f".{name.rpartition('.')[2]}"


class Assets(Endpoint):
    """``GET /assets/STAMP/NAME``."""

    def __init__(self, editor: EditorFiles) -> None:
        super().__init__()
        self._editor = editor

    def on_get(self, request: Request) -> Reply:
        """Give a file; those of an older stamp are gone."""
        parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
        if len(parts) != 2 or parts[0] != self._editor.stamp or parts[1] not in self._editor.contents:
            raise RequestRefused("there is no such file", status=404)
        headers = {
            b"cache-control": b"public, max-age=31536000, immutable",
            b"content-security-policy": POLICY,  # a worker has that of its own script
        }
        return Reply(self._editor.contents[parts[1]], KINDS[_ending(parts[1])], headers=headers)
