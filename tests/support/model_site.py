"""The site of Vosk's models, played by this machine: a list, a zip, and what can be wrong with them."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "vosk-model-small-xx-0.1"
FILES = {
    "conf/model.conf": b"--beam=10\n",
    "am/final.mdl": bytes(range(256)) * 4000,
    "words.txt": b"yes 0\nno 1\n",
}


def zipped(files: Mapping[str, bytes], top: str = f"{NAME}/") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name, data in files.items():
            target.writestr(top + name, data)
    return content.getvalue()


@dataclass
class ModelSite:
    """What it serves: by default one sound model."""

    content: bytes = field(default_factory=lambda: zipped(FILES))
    listed: dict[str, object] = field(default_factory=dict)
    """Values of the list's entry that are untrue."""
    listing: bytes = b""
    """The whole list, if it is not made from the content."""
    ranges: bool = True
    break_at: int = 0
    """Bytes of an answer after which the connection is cut; 0: none."""
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and `Range` of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/models"

    def model_list(self) -> bytes:
        md5 = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        entry = {"name": NAME, "lang": "xx-yy", "size": len(self.content), "md5": md5, "obsolete": "false"}
        old = {**entry, "name": "vosk-model-small-xx-0.0", "obsolete": "true"}
        return self.listing or json.dumps([{**entry, **self.listed}, old]).encode()


@contextmanager
def model_site() -> Iterator[ModelSite]:
    """Serve until left."""
    site = ModelSite()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(site, self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(site: ModelSite, asked: BaseHTTPRequestHandler) -> None:
    site.asked.append((asked.path, asked.headers.get("Range", "")))
    if asked.path == "/models/model-list.json":
        content, begin = site.model_list(), 0
    elif asked.path == f"/models/{NAME}.zip":
        content = site.content
        wanted = asked.headers.get("Range", "") if site.ranges else ""
        begin = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
    else:
        asked.send_error(404)
        return
    asked.send_response(206 if begin else 200)
    if begin:
        asked.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
    asked.send_header("Content-Length", str(len(content) - begin))
    asked.end_headers()
    cut = site.break_at if asked.path.endswith(".zip") else 0
    asked.wfile.write(content[begin : begin + cut] if cut else content[begin:])
    if cut:
        asked.close_connection = True
