"""Asterisk's side of an AEAP conversation, and ears that hear what a test says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ivrcore.dialplan.commands import Heard, SpeechBegan, SpeechGone
from ivrcore.model.names import Verdict
from ivrcore.speech.recogniser import Grammar, Phrase
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.aeap.conversation import Conversation
from ivrcore.telephony.aeap.figures import Figures
from ivrcore.telephony.aeap.grammars import Asked, UnknownGrammar
from ivrcore.telephony.aeap.recognition import Told
from ivrcore.telephony.aeap.settings import Settings
from ivrcore.telephony.aeap.turns import Site

FRAME = bytes(320)
"""20 ms of silence at 8 kHz."""


class Ear:
    """One utterance's: counts what it gets."""

    def __init__(self, asked: Asked, told: Callable[[Told], None], prompted: bool) -> None:
        self.asked, self.told, self.prompted = asked, told, prompted
        self.bytes = 0
        self.stopped = False

    def audio(self, pcm: bytes) -> None:
        self.bytes += len(pcm)

    def stop(self) -> None:
        self.stopped = True

    def begins(self) -> None:
        self.told(SpeechBegan(1))

    def hears(self, choice: str, confidence: float = 0.95, **more: Any) -> None:
        self.told(Heard(1, more.pop("verdict", Verdict.ACCEPT), choice, confidence, **more))

    def fails(self, code: str) -> None:
        self.told(SpeechGone(1, "", code))


class Ears:
    def __init__(self) -> None:
        self.made: list[Ear] = []

    def listen(self, asked: Asked, told: Callable[[Told], None], *, prompted: bool) -> Ear:
        self.made.append(Ear(asked, told, prompted))
        return self.made[-1]


class Lists:
    """Grammars by name: `menu` and `other`."""

    def __init__(self) -> None:
        self.names = {"menu", "other"}

    def find(self, wanted: Settings) -> Asked:
        if wanted.grammar not in self.names:
            raise UnknownGrammar(f"there is no grammar {wanted.grammar!r}")
        return Asked(wanted.grammar, Grammar("en", (Phrase("yes", "yes"),)))


class Sink:
    def __init__(self) -> None:
        self.bytes = 0
        self.lost: list[str] = []

    def audio(self, pcm: bytes) -> None:
        self.bytes += len(pcm)

    def audio_lost(self, code: str) -> None:
        self.lost.append(code)


class Asterisk:
    """What it would send, and what it got; time goes on by what is said."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.ears, self.claims, self.grammars, self.figures = Ears(), Claims(), Lists(), Figures()
        given = {"settings": settings} if settings else {}
        site = Site(self.ears, self.grammars, self.claims, self.figures, **given)
        self.now = 0.0
        self.raw: list[str] = []
        self.closed: list[tuple[int, str]] = []
        self.talk = Conversation(site, self.raw.append, lambda *how: self.closed.append(how), self.now)
        self._id = 0

    @property
    def got(self) -> list[Any]:
        return [json.loads(one) for one in self.raw]

    @property
    def ear(self) -> Ear:
        return self.ears.made[-1]

    def ask(self, request: str, **more: Any) -> Any:
        """Send a request, give its answer."""
        self._id += 1
        self.talk.text(json.dumps({"request": request, "id": f"a{self._id}", **more}), self.now)
        return next(one for one in self.got if one["id"] == f"a{self._id}")

    def set_up(self, codec: str = "slin", **params: str) -> Any:
        given = {"params": params} if params else {}
        return self.ask("setup", version="0.1.0", codecs=[{"name": codec}], **given)

    def set(self, **params: str) -> Any:
        return self.ask("set", params=params)

    def hear(self, frames: int = 1, frame: bytes = FRAME) -> None:
        """Send what a caller says, 20 ms each."""
        for _ in range(frames):
            self.now += 0.02
            self.talk.audio(frame, self.now)

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 0.25
            self.talk.tick(self.now)

    @property
    def pushed(self) -> list[list[dict[str, Any]]]:
        """The results that were pushed, the best first."""
        return [
            sorted(one["params"]["results"], key=lambda result: result["best"])
            for one in self.got
            if one.get("request") == "set"
        ]

    def answer(self, error: str = "") -> None:
        """Answer the last push."""
        last = next(one for one in reversed(self.got) if "request" in one)
        more = {"error_msg": error} if error else {}
        self.talk.text(json.dumps({"response": "set", "id": last["id"], **more}), self.now)


def ready(grammar: str = "menu", **params: str) -> Asterisk:
    """Give one that is set up."""
    asterisk = Asterisk()
    asterisk.set_up(**params)
    if grammar:
        asterisk.set(grammar=grammar)
    return asterisk
