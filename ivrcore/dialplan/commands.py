"""What goes into the interpreter and what comes out of it.

Inputs are facts, commands are requests to the session that runs the call. A command's outcome comes back as
an input. ``turn`` numbers the listenings of a contact from 1: an input with an old turn is late and ignored
by the interpreter's own rule, never by accident.

Structs, since a call has dozens; what holds something that no log may have is a dataclass, whose `repr` tells
all but that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from ivrcore.model.names import PromptEnd, Scalar, Service, Told, Verdict
from ivrcore.speech.endpointing import USUAL, TurnTaking
from ivrcore.speech.recogniser import Grammar

# --- prompts ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spoken:
    """Text for a voice plugin; a ``personal`` one holds values of this call, and is erased with it."""

    text: str
    language: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded file: a path relative to the site's prompt folder, or Asterisk's own name, no ending."""

    path: str


Prompt = tuple[Spoken | Recorded, ...]
"""Parts played one after another."""


# --- commands -----------------------------------------------------------------------------------


class DoAnswer(Struct, frozen=True):
    """Pick up; comes back as :class:`Answered`."""


class DoRing(Struct, frozen=True):
    """Let the caller hear ringing."""


class DoPlay(Struct, frozen=True):
    """Play a prompt; comes back as :class:`PromptOver` with the same ``prompt_id`` (counts per contact).

    ``must``: it holds an announcement, so that a voice that is not done yet is waited for.
    """

    prompt_id: int
    prompt: Prompt
    name: str
    must: bool = False


class DoStopPlay(Struct, frozen=True):
    """Silence that prompt now."""

    prompt_id: int


class DoListen(Struct, frozen=True):
    """Take speech (if ``grammar``) from now on; keys always come in as :class:`KeyIn`.

    ``accept`` and ``confirm`` are confidence bounds 0..1: at or above accept is taken, between them asked
    about, below rejected.
    """

    turn: int
    grammar: Grammar
    accept: float
    confirm: float
    taking: TurnTaking = USUAL
    prompted: bool = False
    """A prompt is heard meanwhile: until `DoHeedAll` only what ``taking`` asks for stops it."""


class DoHeedAll(Struct, frozen=True):
    """The prompt is over while speech is taken for that turn: whatever is said counts now."""

    turn: int


class DoStopListening(Struct, frozen=True):
    """Stop taking speech for that turn."""

    turn: int


class DoEnqueue(Struct, frozen=True):
    """Hand the contact to routing; comes back as :class:`QueueOver`."""

    queue: str
    priority: int
    skills: dict[str, int]
    tier: str = ""
    exits: tuple[str, ...] = ()
    """Keys with which the caller leaves the queue."""
    preferred: tuple[str, ...] = ()
    """Agents whom the contact should rather have, best first, where the queue has the relaxation for it."""


@dataclass(frozen=True, slots=True)
class DoAsk:
    """Ask a service of the outside; comes back as :class:`ServiceTold` with the same ``request``.

    ``payload`` may hold secrets (digits, numbers): it is for the service only, never for a log or an event.
    ``timeout`` is in seconds: the interpreter goes on by itself after it, a later answer is ignored, and what
    it began must be undone by whoever answers it.
    """

    request: str
    service: Service
    name: str
    payload: Mapping[str, Scalar] = field(repr=False)
    timeout: float


class DoStopAsking(Struct, frozen=True):
    """The caller is gone or the time is up: the answer is not wanted any more."""

    request: str


class DoHangUp(Struct, frozen=True):
    """End the call with this Q.850 cause."""

    cause: int


Command = (
    DoAnswer
    | DoRing
    | DoPlay
    | DoStopPlay
    | DoListen
    | DoHeedAll
    | DoStopListening
    | DoEnqueue
    | DoAsk
    | DoStopAsking
    | DoHangUp
)
TO_LEG = (DoAnswer, DoRing, DoPlay, DoHangUp)
"""Those that begin something on the caller's channel."""


# --- inputs -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """The call rang at this number; the first input of all. ``caller`` is the number that called."""

    number: str
    caller: str = field(default="", repr=False)


class Answered(Struct, frozen=True):
    """Our leg is up."""


class PromptOver(Struct, frozen=True):
    """A prompt ended."""

    prompt_id: int
    how: PromptEnd


@dataclass(frozen=True, slots=True)
class KeyIn:
    """A key was pressed."""

    digit: str = field(repr=False)


class SpeechBegan(Struct, frozen=True):
    """The voice gate opened."""

    turn: int


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance was decided on; ``choice`` is empty for a rejected one. ``took`` in seconds.

    ``value`` is what was said, where ``choice`` is `ivrcore.speech.slots.SAID`: for the dialplan only.
    """

    turn: int
    verdict: Verdict
    choice: str = ""
    confidence: float = 0.0
    engine: str = ""
    took: float = 0.0
    others: tuple[str, ...] = ()
    """Choices that were less likely, best first: asked about when the caller says no to the first."""
    value: str = field(default="", repr=False)


class SpeechGone(Struct, frozen=True):
    """No speech can be had in this turn (or, with ``for_good``, in this call): go on with keys."""

    turn: int
    engine: str
    code: str
    for_good: bool = False


class QueueOver(Struct, frozen=True):
    """The contact came back from its queue: ``answered`` after a conversation, else ``why`` it left."""

    answered: bool
    why: str = ""
    key: str = ""
    """The key that was pressed, if ``why`` is that."""


@dataclass(frozen=True, slots=True)
class ServiceTold:
    """What a service answered. ``values`` may hold secrets; ``code`` is an error's, if there was one."""

    request: str
    how: Told
    values: Mapping[str, Scalar] = field(default_factory=dict, repr=False)
    code: str = ""


class CallerGone(Struct, frozen=True):
    """The caller's leg ended; the last input."""

    cause: int


class Tick(Struct, frozen=True):
    """Time passed: `next_deadline` may have come."""


class TakenUp(Struct, frozen=True):
    """The server died and another life of it has the call; ``up``: the leg has been answered.

    Of what was played, asked and pressed last, some may be lost. ``again``: what was asked of the outside was
    not begun, and is asked for again whatever it is.
    """

    up: bool
    again: bool = False


Input = (
    Begin
    | TakenUp
    | Answered
    | PromptOver
    | KeyIn
    | SpeechBegan
    | Heard
    | SpeechGone
    | QueueOver
    | ServiceTold
    | CallerGone
    | Tick
)
