"""Audio of a caller for who has no other way to it: a connection that sets the grammar ``claim:NAME``.

While `SPEECH RECOGNIZE` runs on that connection, what the caller says goes to the claim's sink, and the claim
can end it. Knows nothing of the wire; on the reactor's thread only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.errors import CoreMisuse, LinkLost

if TYPE_CHECKING:
    from ivrcore.telephony.leg import AudioSink

PREFIX = "claim:"
"""Before a claim's name where Asterisk is told a grammar; no other grammar begins so."""
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Claim:
    """Made by :meth:`Claims.claim`; ``sink`` may be replaced at any time."""

    def __init__(self, name: str, sink: AudioSink, forget: Callable[[str], object]) -> None:
        self.sink = sink
        self._name = name
        self._forget = forget
        self._push: Callable[[], None] | None = None
        self._ending = self._asked = self._over = False

    @property
    def grammar(self) -> str:
        """What Asterisk is to be told as the grammar."""
        return PREFIX + self._name

    @property
    def connected(self) -> bool:
        """Whether a connection has set that grammar, and is open."""
        return self._push is not None

    def begin(self) -> None:
        """Let the next recognition run; to be called before Asterisk is asked to begin it."""
        self._ending = False

    def end(self) -> None:
        """End the recognition by an empty result, now or (until `begin`) as soon as Asterisk has begun it."""
        self._ending = True
        self._end()

    def release(self) -> None:
        """Let go: nothing more comes to the sink, and the name is free. May be called twice."""
        if not self._over:
            self._over = True
            self._push = None
            self._forget(self._name)

    # --- the connection's side --------------------------------------------------------------------

    def connect(self, push: Callable[[], None]) -> None:
        """Take audio from a connection; ``push`` sends it an empty result."""
        if not self._over:
            self._push, self._asked = push, False

    def audio(self, pcm: bytes) -> None:
        """Take audio as a sink does (16 kHz); a recognition that was to end already is ended."""
        if self._over:
            return
        if self._ending:
            self._end()
        self.sink.audio(pcm)

    def answered(self) -> None:
        """Asterisk has taken the result: what it sends from now on is of another recognition."""
        self._asked = False

    def lost(self) -> None:
        """The connection is gone."""
        if not self._over:
            self.release()
            self.sink.audio_lost(LinkLost.code)

    def _end(self) -> None:
        if self._push is not None and not self._asked:
            self._asked = True
            self._push()


class Claims:
    """Those of one server."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}

    def claim(self, name: str, sink: AudioSink) -> Claim:
        """Claim the audio of the connection that will set this grammar; raises :class:`CoreMisuse`.

        ``name``: letters, digits, ``._-``, at most 64, nobody else's at the moment.
        """
        if not _NAME.fullmatch(name) or name in self._claims:
            raise CoreMisuse("a claim's name is taken, or cannot be one")
        claim = Claim(name, sink, self._claims.pop)
        self._claims[name] = claim
        return claim

    def find(self, grammar: str) -> Claim | None:
        """Give who claims this grammar and has no connection yet."""
        claim = self._claims.get(grammar.removeprefix(PREFIX)) if grammar.startswith(PREFIX) else None
        return None if claim is None or claim.connected else claim
