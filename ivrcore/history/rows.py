"""The rows of the history, one kind per table. Pure.

Times are UTC seconds, lengths are seconds. ``open`` tells that something of the row may still change: the
open rows are all that the fold remembers, so the database is its memory. No row holds a caller's number, name
or words: ``subject`` refers to the encrypted table beside the journal.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Row(msgspec.Struct, kw_only=True):
    """What all have. ``TIMES`` are the fields that are moments."""

    TABLE: ClassVar[str]
    TIMES: ClassVar[tuple[str, ...]]
    FROM: ClassVar[str]
    """The moment by which a row grows old; rows without one are kept."""

    id: str
    open: bool = True


class ContactRow(Row, kw_only=True):
    """One customer's request, from first ring to closed."""

    TABLE = "contact"
    TIMES = ("arrived", "answered", "closed")
    FROM = "arrived"

    arrived: float
    number: str
    """The called one."""
    plan: str
    plan_version: str
    subject: str = ""
    language: str = ""
    answered: float | None = None
    closed: float | None = None
    outcome: str = ""
    cause: int | None = None
    inferred: bool = False
    disposition: str = ""
    """The last one that was set."""
    menus: int = 0
    visits: int = 0


class LegRow(Row, kw_only=True):
    """One side of a call."""

    TABLE = "leg"
    TIMES = ("began", "answered", "ended")
    FROM = "began"

    contact: str
    began: float
    kind: str
    """``caller``, ``agent`` or ``outbound``."""
    agent: str = ""
    offer: str = ""
    answered: float | None = None
    ended: float | None = None
    ended_by: str = ""
    cause: int | None = None


class MenuRow(Row, kw_only=True):
    """A contact's stay in a menu, with how often each thing happened there."""

    TABLE = "menu_visit"
    TIMES = ("began", "ended")
    FROM = "began"

    contact: str
    plan: str
    menu: str
    began: float
    ended: float | None = None
    how: str = ""
    """How it ended: ``choice``, ``collected``, ``universal``, ``impatient``, ``gave_up`` or ``left``."""
    choice: str = ""
    entered: int = 1
    """0 where the journal tells what happened there, and not that the caller came to it."""
    turns: int = 0
    choices_by_key: int = 0
    choices_by_speech: int = 0
    universals: int = 0
    impatient: int = 0
    no_inputs: int = 0
    no_matches: int = 0
    gave_up: int = 0
    accepted: int = 0
    confirmed: int = 0
    rejected: int = 0
    """Utterances by what was made of them: taken, asked to confirm, not understood."""


class VisitRow(Row, kw_only=True):
    """One stay of a contact in one queue, and the conversation that came of it."""

    TABLE = "visit"
    TIMES = ("entered", "ended", "talk_ended")
    FROM = "entered"

    contact: str
    queue: str
    entered: float
    priority: int = 0
    call_back: bool = False
    ended: float | None = None
    """When the wait was over."""
    outcome: str = ""
    """``answered``, ``abandoned`` or ``left``; empty while it waits."""
    why: str = ""
    """Of one that left."""
    waited: float | None = None
    in_threshold: bool = False
    short: bool = False
    agent: str = ""
    offer: str = ""
    talked: float | None = None
    talk_ended: float | None = None
    ended_by: str = ""
    holds: int = 0
    held: float = 0.0
    sent_on: bool = False


class RefusalRow(Row, kw_only=True):
    """A contact wanted a queue and was not let in: no visit."""

    TABLE = "refusal"
    TIMES = ("at",)
    FROM = "at"

    contact: str
    queue: str
    at: float
    why: str


class OfferRow(Row, kw_only=True):
    """One attempt to give a visit to an agent."""

    TABLE = "offer"
    TIMES = ("made", "picked_up", "accepted", "ended")
    FROM = "made"

    contact: str
    visit: str
    queue: str
    agent: str
    made: float
    picked_up: float | None = None
    accepted: float | None = None
    ended: float | None = None
    how: str = ""
    """``talked``, or why no conversation came of it."""


class IntervalRow(Row, kw_only=True):
    """A time that an agent spent in one state, counted as the metrics count it."""

    TABLE = "agent_interval"
    TIMES = ("began", "ended")
    FROM = "began"

    agent: str
    state: str
    began: float
    reason: str = ""
    queue: str = ""
    """Of wrap-up: the queue of the conversation that it followed (or of the call-back taken in vain)."""
    visit: str = ""
    ended: float | None = None


class AgentRow(Row, kw_only=True):
    """An agent as known now; ``id`` is the name. Open until neither configured nor logged in."""

    TABLE = "agent"
    TIMES = ("since",)
    FROM = ""

    display: str = ""
    state: str = "logged_out"
    """As counted."""
    told: str = "logged_out"
    """The state alone, without rest and phone."""
    resting: bool = False
    device: str = "unknown"
    reason: str = ""
    since: float | None = None
    interval: str = ""
    """The row of the interval that lasts."""
    retired: bool = False
    last_queue: str = ""
    last_visit: str = ""


class QueueRow(Row, kw_only=True):
    """A queue; ``id`` is the name. Open while it is configured."""

    TABLE = "queue"
    TIMES = ()
    FROM = ""

    threshold: float = 0.0
    """Service-level threshold T as configured last."""


class DispositionRow(Row, kw_only=True):
    """A dialplan said what a contact was about. A contact may have several; the last one stands with it."""

    TABLE = "disposition"
    TIMES = ("at",)
    FROM = "at"

    contact: str
    plan: str
    disposition: str
    at: float


class RecognitionRow(Row, kw_only=True):
    """What a recogniser did with an utterance, or that it could not hear, or was taken out of service."""

    TABLE = "recognition"
    TIMES = ("at",)
    FROM = "at"

    contact: str
    """Empty of one that was taken out."""
    plan: str
    menu: str
    """Where the caller was, if that was in a menu."""
    engine: str
    at: float
    how: str
    """``accept``, ``confirm``, ``reject``, ``gave_up`` or ``taken_out``."""
    took: float | None = None
    """From the end of speech to the decision, of an utterance."""
    code: str = ""
    """Of one that gave up the error's, of one that was taken out its fault."""


ROWS: tuple[type[Row], ...] = (
    ContactRow,
    LegRow,
    MenuRow,
    VisitRow,
    RefusalRow,
    OfferRow,
    IntervalRow,
    AgentRow,
    QueueRow,
    DispositionRow,
    RecognitionRow,
)
"""All kinds."""
