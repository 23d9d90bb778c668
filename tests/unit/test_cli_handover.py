"""``ivrcore hand-over``: what it says of how a hand-over went, by what the servers answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ivrcore import cli

OLD: dict[str, Any] = {"pid": 7, "version": "1.0", "to": 8, "failed": ""}


@contextmanager
def answering(*shown: dict[str, Any]) -> Iterator[str]:
    """Answer the start of a hand-over, then each look with the next one, the last one for ever."""
    left = list(shown)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = left.pop(0) if len(left) > 1 else left[0]
            body = json.dumps({"hand_over": now}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - named by the library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("shown", "code", "words"),
    [
        ([OLD, OLD, OLD | {"pid": 8, "version": "1.1"}], 0, "process 8, ivrcore 1.1, has taken over from 7"),
        ([OLD, OLD | {"failed": "process 8 ended with 2"}], 2, "process 7 goes on"),
        ([OLD, OLD | {"pid": 9}], 2, "process 9 serves, and not 8, which was to take over"),
        ([OLD, OLD], 2, "process 8 is getting ready and may do so yet"),
    ],
)
def test_it_says_who_serves_in_the_end(
    shown: list[dict[str, Any]],
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("IVRCORE_TOKEN", "a token")
    with answering(*shown) as url, pytest.raises(SystemExit) as ended:
        cli.main(["hand-over", "--url", url, "--time-out", "1s"])
    said = capsys.readouterr()
    assert (ended.value.code, words in said.out + said.err) == (code, True), said
