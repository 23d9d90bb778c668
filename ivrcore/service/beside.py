"""A process of our own beside the server, for long work on the journal: asked once, answering once.

What is asked goes in as JSON, the answer comes out as text; who cannot do it ends with `REFUSED` and why.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ivrcore.errors import IvrError, JournalError

if TYPE_CHECKING:
    from collections.abc import Callable

Asked = TypeVar("Asked")
REFUSED = 3
"""The exit code with which an error of ours was said."""


def resting(parent: int) -> Callable[[float], object]:
    """Rest, and end with the server: the next start has the disk to itself."""

    def rest(seconds: float) -> None:
        if os.getppid() != parent:
            raise SystemExit(0)
        time.sleep(seconds)

    return rest


def answered(kind: type[Asked], do: Callable[[Asked], str]) -> int:
    """Do, in that process, what the standard input asks for, and answer; give the exit code."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=kind)
    try:
        sys.stdout.write(do(asked))
    except IvrError as error:
        sys.stdout.write(error.message)
        return REFUSED
    return 0


class Beside:
    """One process; raises :class:`JournalError` where it cannot be started.

    ``module`` is run with ``asked``; ``doing`` says what it does, e.g. `makes snapshots`.
    """

    def __init__(self, module: str, asked: Any, doing: str) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise JournalError(f"the process that {doing} cannot be started: {error}") from error
        self._ask: Callable[[], tuple[bytes, bytes]] = partial(
            self._process.communicate, msgspec.json.encode(asked)
        )

    def answer(self) -> str:
        """Give what it answers at its end (blocks); raises :class:`JournalError`."""
        said, trouble = self._ask()
        if self._process.returncode == REFUSED:
            raise JournalError(said.decode())
        if self._process.returncode:
            last = trouble.decode(errors="replace").strip().splitlines()[-1:]
            raise JournalError(f"the process ended with {self._process.returncode}: {' '.join(last)}")
        return said.decode()

    def stop(self) -> None:
        """End it, wherever it is."""
        self._process.kill()
