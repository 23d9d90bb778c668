"""What the caller says, to who listens: by Asterisk's speech interface, since plain AGI has no audio.

`SPEECH CREATE` makes Asterisk connect to our AEAP server, and while `SPEECH RECOGNIZE` runs, what the caller
says goes there, and to the sink that claimed it. So a leg that is heard waits for keys and plays by
`SPEECH RECOGNIZE`. Between two of them some milliseconds are not heard.
"""

from __future__ import annotations

import logging
import secrets
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.errors import LinkLost, RequestFailed

if TYPE_CHECKING:
    from ivrcore.telephony.aeap.claims import Claim, Claims
    from ivrcore.telephony.agi.commands import Agi
    from ivrcore.telephony.agi.connection import Connection
    from ivrcore.telephony.leg import AudioSink

log = logging.getLogger(__name__)

SILENCE = "silence/1"
"""What is played while there is nothing to say; without it, a warning in Asterisk's log."""
AFTER_PROMPT = 2
"""Seconds behind a prompt after which Asterisk ends a recognition, if we did not."""
MARGIN_SECONDS = 0.1
"""Asterisk may begin with a file so much later than it was asked to."""
RATES = {".sln": 8000, ".sln16": 16000, ".ulaw": 8000, ".alaw": 8000}
BYTES = {".sln": 2, ".sln16": 2, ".ulaw": 1, ".alaw": 1}

NAME_BYTES = 16
"""Of chance in a claim's name: any dialplan that has the token could ask for one that can be guessed."""


class CallerAudio:
    """The audio of one leg. `hear` and `play` are for its session; the rest may be called from anywhere."""

    def __init__(self, connection: Connection, claims: Claims, engine: str) -> None:
        self.running = False
        """Whether a recognition is under way, which :meth:`end` ends."""
        self._connection = connection
        self._agi: Agi = connection.agi
        self._claims = claims
        self._engine = engine
        self._sink: AudioSink | None = None
        self._claim: Claim | None = None
        self._created = False

    @property
    def wanted(self) -> bool:
        """Whether anybody listens."""
        return self._sink is not None

    def open(self, sink: AudioSink) -> None:
        """Let this sink have the audio from now on."""
        self._sink = sink

    def close(self) -> None:
        """Nothing arrives at the sink any more; the connection stays for the next."""
        self._sink = None
        self.end()

    def end(self) -> None:
        """End the recognition under way."""
        if self.running and self._claim is not None:
            self._claim.end()

    def release(self) -> None:
        """The leg is gone."""
        self._sink = None
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    # --- the claim's sink

    def audio(self, pcm: bytes) -> None:
        """Pass on what was said."""
        if self._sink is not None:
            self._sink.audio(pcm)

    def audio_lost(self, code: str) -> None:
        """The connection broke; the next who listens gets another."""
        self._claim = None
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.audio_lost(code)

    # --- in the session

    def ready(self) -> bool:
        """Have Asterisk connect, if it is not; False where it cannot, which the sink is told."""
        if self._claim is not None:
            return True
        claim = self._claims.claim(f"agi-{secrets.token_urlsafe(NAME_BYTES)}", self)
        try:
            self._connect(claim)
        except RequestFailed as error:
            claim.release()
            log.warning("%s: Asterisk's speech engine %r cannot be used", error, self._engine)
            self.audio_lost(LinkLost.code)
            return False
        self._claim = claim
        return True

    def _connect(self, claim: Claim) -> None:
        if self._created:
            self._agi.execute("SPEECH DESTROY")
        self._created = False
        if self._agi.execute("SPEECH CREATE", self._engine)["result"][0] != "1":
            raise RequestFailed("no speech server", status=503)
        self._created = True
        if self._agi.execute("SPEECH SET", "grammar", claim.grammar)["result"][0] != "1":
            raise RequestFailed("the speech server does not know us", status=503)

    def hear(self, seconds: float) -> str:
        """Hear for so long, or until it is ended; give the key that ended it, or empty."""
        return self._recognise(SILENCE, round(seconds), seconds, 0)

    def play(self, name: str, seconds: float, offset: int) -> str:
        """Play a file that lasts so long, from this sample on; give the key that ended it, or empty."""
        timer = self._connection.call_later(seconds + MARGIN_SECONDS, self.end)
        try:
            return self._recognise(name, AFTER_PROMPT, seconds + AFTER_PROMPT, offset)
        finally:
            if timer.active():
                timer.cancel()

    def _recognise(self, prompt: str, patience: int, seconds: float, offset: int) -> str:
        assert self._claim is not None
        self._claim.begin()
        self._connection.lasts = seconds
        self.running = True
        try:
            self._agi.execute("SPEECH RECOGNIZE", prompt, patience, *([offset] if offset else []))
        finally:
            self.running = False
        answer = self._agi.last
        if answer.data == "hangup":
            self._agi.hung_up = True
        return answer.fields.get("digit", "") if answer.data == "digit" else ""


def length(name: str) -> tuple[float, int] | None:
    """Give a sound's seconds and its rate, if its file is here as it is on Asterisk's machine; else None."""
    path = Path(name)
    if not path.is_absolute():
        return None
    for ending in (".wav", ".wav16"):
        try:
            with wave.open(f"{path}{ending}") as file:
                return file.getnframes() / file.getframerate(), file.getframerate()
        except (OSError, EOFError, wave.Error):
            continue
    for ending, rate in RATES.items():
        try:
            return Path(f"{path}{ending}").stat().st_size / BYTES[ending] / rate, rate
        except OSError:
            continue
    return None
