"""What sessions need from the rest of the server, as narrow as they use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ivrcore.config import QueueVoice
from ivrcore.dialplan.commands import Prompt
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.world import CALM, World
from ivrcore.journal.record import Journal
from ivrcore.session.clock import Clock
from ivrcore.session.listening import SpeechEvent
from ivrcore.speech.recogniser import Grammar
from ivrcore.telephony.leg import AudioSink, Switch


class Listening(AudioSink, Protocol):
    """One turn's ear."""

    def stop(self) -> None:
        """Hear no more; nothing is reported after this returns."""


class Speech(Protocol):
    """Where ears come from."""

    def listen(
        self,
        turn: int,
        grammar: Grammar,
        accept: float,
        confirm: float,
        on_event: Callable[[SpeechEvent], None],
    ) -> Listening:
        """Listen for one utterance of the grammar."""


class Prompts(Protocol):
    """Where prompts become media that Asterisk can play."""

    def media(self, prompt: Prompt, language: str = "") -> tuple[str, ...]:
        """Give the media URIs of a prompt; empty where nothing can be played."""


class Subjects(Protocol):
    """Where personal values go; the rest of the server keeps the id."""

    def put(self, values: Mapping[str, str]) -> str:
        """Store the values, give the subject's id."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All of the above, as the composition root puts it together."""

    clock: Clock
    journal: Journal
    switch: Switch
    speech: Speech
    prompts: Prompts
    subjects: Subjects
    plan_for: Callable[[str], Plan | None]
    voices: Mapping[str, QueueVoice]
    world: World = CALM
