"""Events of what a caller hears, says and chooses. See :mod:`ivrcore.model.events` for the ids."""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import ChosenBy, PromptEnd, SpeechRefusal, Verdict


class PromptStarted(Event, frozen=True, kw_only=True):
    """Intent: a prompt is to be played as ``playback``. ``name`` says which, without personal values."""

    contact: str
    leg: str
    playback: str
    name: str


class PromptEnded(Event, frozen=True, kw_only=True):
    """A prompt is over."""

    contact: str
    playback: str
    how: PromptEnd
    inferred: bool = False


class DialplanEntered(Event, frozen=True, kw_only=True):
    """The dialplan takes the call at the start of ``block``; ``answer`` is the number's answer policy."""

    contact: str
    number: str
    block: str
    answer: str
    language: str = ""


class RingRequested(Event, frozen=True, kw_only=True):
    """Intent: the caller is to hear ringing until then (UTC seconds), before the call is answered."""

    contact: str
    leg: str
    until: float


class MenuEntered(Event, frozen=True, kw_only=True):
    """The caller came to a menu (once, however often it is asked)."""

    contact: str
    menu: str


class TurnStarted(Event, frozen=True, kw_only=True):
    """A menu asks and listens: turn number ``turn`` of the contact; ``attempt`` counts from 1 per menu.

    ``prompt`` is the number of its prompt in this contact (0: none is played), ``timeout`` the seconds of
    silence after it that count as no input; ``speech`` tells that speech is taken, with ``barge_in`` already
    while the prompt plays.
    """

    contact: str
    menu: str
    turn: int
    attempt: int
    confirming: str = ""
    prompt: int = 0
    timeout: float = 5.0
    barge_in: bool = True
    speech: bool = False
    between: float = 2.0
    """Seconds between the keys of one sequence."""


class KeyPressed(Event, frozen=True, kw_only=True):
    """A key; which one is not kept. ``cut``: it ended the prompt and the listening."""

    contact: str
    leg: str
    turn: int
    cut: bool = True


class SpeechStarted(Event, frozen=True, kw_only=True):
    """The caller began to speak in this turn; a prompt still playing is stopped."""

    contact: str
    turn: int


class SpeechHeard(Event, frozen=True, kw_only=True):
    """An utterance was understood, or not. ``took`` is seconds from end of speech to this decision."""

    contact: str
    turn: int
    verdict: Verdict
    choice: str = ""
    confidence: float = 0.0
    engine: str = ""
    took: float = 0.0
    others: list[str] = []
    """Choices that were less likely, best first."""


class SpeechRefused(Event, frozen=True, kw_only=True):
    """A menu's turn begins without listening, though the menu would: the caller is told to use the keys.

    ``streams`` were listened to then, and would take ``cores`` of ``budget`` if all spoke.
    """

    contact: str
    menu: str
    language: str
    why: SpeechRefusal
    streams: int = 0
    cores: float = 0.0
    budget: float = 0.0


class RecogniserGaveUp(Event, frozen=True, kw_only=True):
    """An engine failed or stalled in this turn; the menu goes on with keys. ``code`` is the error's.

    ``for_good``: no later menu of this contact listens either.
    """

    contact: str
    turn: int
    engine: str
    code: str
    for_good: bool = False


class NoInput(Event, frozen=True, kw_only=True):
    """Nothing was said or pressed in time; ``count`` is the menu's running count."""

    contact: str
    menu: str
    turn: int
    count: int


class NoMatch(Event, frozen=True, kw_only=True):
    """Something was said or pressed that is no choice; ``count`` is the menu's running count.

    ``denied``: it was the answer no to "did you say …?", said or pressed.
    """

    contact: str
    menu: str
    turn: int
    count: int
    denied: bool = False


class ChoiceMade(Event, frozen=True, kw_only=True):
    """The caller chose."""

    contact: str
    menu: str
    turn: int
    choice: str
    by: ChosenBy


class MenuGaveUp(Event, frozen=True, kw_only=True):
    """Too many no-inputs or no-matches: the menu's default is taken.

    ``for_good``: nobody comes back from it to what stands after the question, or after a `do` on the way.
    """

    contact: str
    menu: str
    for_good: bool = False


class StepStarted(Event, frozen=True, kw_only=True):
    """The dialplan went on to this step. ``index`` counts the steps of ``block`` from 0.

    ``prompt`` is the number of the prompt that it plays, in this contact; 0 if none.
    """

    contact: str
    block: str
    index: int
    verb: str
    prompt: int = 0


class CallerServed(Event, frozen=True, kw_only=True):
    """A choice led to information that was heard to its end: the dialplan has served this caller."""

    contact: str
    block: str
    index: int
