"""One side of a call as the rest of ivrcore sees it, whatever driver carries it.

A leg takes commands and reports events to its one owner. `send` never blocks and never raises for what
Asterisk does: a driver keeps one command per channel in flight, lets `HangUp` and `StopPlay` overtake, and
reports the outcome as a :class:`LegEvent`. A command's intent is journalled by the owner before it is sent.
Calling `send` on a leg that has ended is allowed and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from ivrcore.model.capability import Capability as Capability
from ivrcore.model.names import By, Cause, Device, PromptEnd

# --- commands -----------------------------------------------------------------------------------


class Command(Struct, frozen=True):
    """Something to be done to a leg. A Struct, as what legs tell: a call has dozens, and a frozen dataclass
    takes four times as long to make."""


class Answer(Command, frozen=True):
    """Pick up. Outcome: :class:`Answered`, told again for a leg that is up already."""


class Ring(Command, frozen=True):
    """Let the far side hear ringing (before answering)."""


class Play(Command, frozen=True):
    """Play media (URIs such as ``sound:/dir/file``) one after another. Outcome: :class:`PlayEnded`."""

    playback: str
    media: tuple[str, ...]


class StopPlay(Command, frozen=True):
    """Silence a playback within one frame; overtakes. Outcome: its :class:`PlayEnded`."""

    playback: str


class StartMusic(Command, frozen=True):
    """Music on hold of this class until :class:`StopMusic` or a bridge."""

    music: str = "default"


class StopMusic(Command, frozen=True):
    """End the music."""


class Record(Command, frozen=True):
    """Record what the far side says, after a beep. Outcome: one :class:`Recorded`, before the leg's end.

    It ends after ``longest`` seconds, after ``silence`` seconds in which nothing is said, with the key
    ``terminator`` (``#`` or ``*``; empty: none), by :class:`StopRecord`, or with the leg.
    """

    recording: str
    longest: float
    silence: float
    terminator: str = "#"


class StopRecord(Command, frozen=True):
    """End a recording, keeping what was said; overtakes. Outcome: its :class:`Recorded`."""

    recording: str


class PressKey(Command, frozen=True):
    """Press a key towards the far side. No outcome but :class:`Failed`.

    Only a leg that the ARI driver dialled can; others do nothing.
    """

    key: str

    def __repr__(self) -> str:
        """Tell no key: it may be of a PIN."""
        return "PressKey()"


class GoOn(Command, frozen=True):
    """Let Asterisk's dialplan go on with the caller. Outcome: :class:`Ended`, by the server.

    Over ARI at an extension of a context; over AGI behind the line that handed the call over, with the
    variable ``IVRCORE_RESULT``.
    """

    context: str
    extension: str = "s"
    result: str = "refused"


class HangUp(Command, frozen=True):
    """End the leg with a Q.850 cause; overtakes everything. Outcome: :class:`Ended`."""

    cause: int = Cause.NORMAL


# --- events -------------------------------------------------------------------------------------


class LegEvent(Struct, frozen=True):
    """Something that happened to a leg, as Asterisk told it."""


class Answered(LegEvent, frozen=True):
    """The leg is up."""


class Ringing(LegEvent, frozen=True):
    """The far phone rings."""


class Key(LegEvent, frozen=True):
    """A key was pressed: one of ``0-9*#A-D``."""

    digit: str

    def __repr__(self) -> str:
        """Tell no key: it may be of a PIN."""
        return "Key()"


class Held(LegEvent, frozen=True):
    """The far side put whoever it talks with on hold."""


class Resumed(LegEvent, frozen=True):
    """The far side took it back from hold."""


class SentOn(LegEvent, frozen=True):
    """The far side sent whoever it talks with to somebody else (SIP REFER), and is gone itself.

    The leg goes on as the one to whom it was sent: it stays in its bridge, and ends when that one leaves.
    """


class Found(LegEvent, frozen=True):
    """A leg of an earlier life of the server is there: see :class:`Remembered`.

    Reported once, before anything but the end of what was played to it. ``up``: it has been answered.
    """

    up: bool


class PlayEnded(LegEvent, frozen=True):
    """A playback is over. ``inferred``: it ended while the link was down."""

    playback: str
    how: PromptEnd
    inferred: bool = False


class Recorded(LegEvent, frozen=True):
    """A recording is over: fetch it from the switch. With ``code``, an error's, there is none."""

    recording: str
    code: str = ""


class Joined(LegEvent, frozen=True):
    """The leg is in this bridge."""

    bridge: str


class Ended(LegEvent, frozen=True):
    """The leg is gone; always the last event. ``since``: it ended between then and now (UTC seconds)."""

    cause: int
    by: By = By.UNKNOWN
    since: float | None = None

    @property
    def crashed(self) -> bool:
        """Whether Asterisk itself ended when nobody looked, and was started again: nobody hung up."""
        unseen = self.since is not None and self.by is By.UNKNOWN
        return unseen and self.cause == Cause.TEMPORARY_FAILURE


class Failed(LegEvent, frozen=True):
    """A command failed for good (not because the leg ended). ``code`` is the error's stable code."""

    command: Command | None
    code: str
    status: int = 0


class AudioSink(Protocol):
    """Where a leg's audio goes."""

    def audio(self, pcm: bytes) -> float | None:
        """Take 20 ms (or more) of what the far side says: signed 16 bit little endian mono at 16 kHz.

        Gives the seconds for which a leg may keep back what comes next, where nobody waits for it.
        """

    def audio_lost(self, code: str) -> None:
        """The stream could not be had or broke; called at most once, and nothing follows."""


class Leg(Protocol):
    """One side of a call."""

    @property
    def id(self) -> str:
        """Our id of the leg."""

    @property
    def channel(self) -> str:
        """Asterisk's channel id."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What can be done with it."""

    def own(self, owner: Callable[[LegEvent], None]) -> None:
        """Report events to this owner from now on; it must not raise."""

    def send(self, command: Command) -> None:
        """Queue a command; see the module's docstring."""

    def command_follows(self) -> None:
        """A command follows in some milliseconds, as soon as what led to it is durable.

        Whoever would begin something meanwhile that the command then ends may wait for it.
        """

    def open_audio(self, sink: AudioSink) -> None:
        """Begin to deliver what the far side says; replaces an earlier sink without a gap in the stream."""

    def close_audio(self) -> None:
        """Stop delivering; nothing arrives at the sink after this returns."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that rang; nothing has been done to it yet."""

    leg: Leg
    contact: str
    number: str
    caller_number: str = field(default="", repr=False)
    caller_name: str = field(default="", repr=False)
    asked: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the dialplan that handed the call over said with it: an AGI request's query."""
    sent_here: bool = False
    """Whether the node's other server sent it here: it is not sent back there."""


@dataclass(frozen=True, slots=True)
class CodeDialled:
    """A phone dialled a code for agents; nothing has been done to its call yet.

    ``endpoint`` is the phone as Asterisk has it (``PJSIP/ann``; one of another PBX than the first as
    :func:`ivrcore.model.pbx.at` says it), "" for what is no phone, and for a call that somebody else's phone
    transferred to the code: it speaks for nobody.
    """

    leg: Leg
    code: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Dial:
    """A leg to be made. ``time_out`` is seconds of ringing; variables are set before it rings.

    ``partner`` is the leg it will be joined with; a driver without `DIAL_ALONE` dials only with one.
    """

    leg: str
    channel: str
    endpoint: str
    caller_number: str = field(default="", repr=False)
    caller_name: str = field(default="", repr=False)
    time_out: float = 30.0
    variables: Mapping[str, str] = field(default_factory=dict)
    partner: Leg | None = field(default=None, repr=False, compare=False)
    far: str = ""
    """The id of the other half, of a channel that has two (``Local/``)."""
    home: str = ""
    """The phone (see :func:`ivrcore.model.pbx.at`), where it is another PBX's, reached by a trunk."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A leg that an earlier life of the server had, and Asterisk may still have.

    ``playback`` was asked to be played to it and has not ended, as far as is known; ``music``: it may be
    hearing music. ``endpoint`` is the phone of one that was dialled, ``outside``: by way of a trunk.
    ``recording`` was to be recorded of it, and nobody was told that it is over. ``returns``: it is no more in
    our hands, and counts as ended unless Asterisk's dialplan hands it over again within so many seconds; not
    before it is done with the leg ``joined_with``, if there is one. From ``since`` on
    (UTC seconds) nobody looked after it.
    """

    leg: str
    channel: str
    answered: bool = False
    playback: str = ""
    music: bool = False
    dialled: bool = False
    endpoint: str = ""
    home: str = ""
    """As in :class:`Dial`."""
    outside: bool = False
    recording: str = ""
    returns: float = 0.0
    joined_with: str = ""
    since: float | None = None


class Unfetched(StrEnum):
    """Why a recording was not given."""

    GONE = "gone"
    """There is none of that name."""
    NOT_NOW = "not now"
    """It may be there: it was asked for in vain."""


Fetched = bytes | Unfetched
"""A wav, or why there is none."""


class Switch(Protocol):
    """A driver: makes legs and joins them."""

    @property
    def connected(self) -> bool:
        """Whether Asterisk can be talked to now."""

    def dial(self, dial: Dial, owner: Callable[[LegEvent], None]) -> Leg:
        """Make an outgoing leg; it reports Ringing, Answered, Ended or Failed to ``owner``."""

    def adopt(self, known: Remembered, owner: Callable[[LegEvent], None]) -> Leg:
        """Make the leg again that an earlier life had; before the link is up for the first time.

        It takes commands at once. Once Asterisk was asked, it reports :class:`Found` and what it missed, or
        :class:`Ended` with the time from which nobody looked.
        """

    def adopt_bridge(self, bridge: str, legs: Sequence[Leg]) -> None:
        """Know the bridge in which an earlier life joined these legs, or was about to; see `join`."""

    def join(self, bridge: str, legs: Sequence[Leg]) -> None:
        """Put legs into a new bridge of this id, or the one that is there.

        Each owner is told :class:`Joined` or :class:`Failed`.
        """

    def part(self, bridge: str) -> None:
        """Dissolve a bridge; its legs stay. Unknown or already gone: nothing to do."""

    def watch_devices(self, endpoints: Iterable[str], on_change: Callable[[str, Device], None]) -> None:
        """Tell what these phones (as they are dialled) are doing beside the legs that we dialled.

        Those of another PBX than the first are said as :func:`ivrcore.model.pbx.at` does.

        Each once the link is up, and again at every change, also one that a loss of the link hid; replaces
        what was watched before. A phone that cannot be watched is never told of, or is `UNKNOWN`.
        """

    def fetch_recording(self, recording: str, done: Callable[[Fetched], None]) -> None:
        """Give a recording that is over, as a wav, or why there is none. Called back once, later.

        It waits for a link that is away.
        """

    def erase_recording(self, recording: str) -> None:
        """Delete a recording that was fetched, for good. Unknown: nothing to do."""
