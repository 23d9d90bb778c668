"""Events of what steps did beside prompts and menus. See :mod:`ivrcore.model.events` for the ids.

None of them holds a secret: a variable that is one is named without its value.
"""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import ChosenBy, EmergencyAction, Impatient, Scalar, Service, Told, Universal


class VariablesSet(Event, frozen=True, kw_only=True):
    """Variables of the call have new values; ``secret`` ones are named only."""

    contact: str
    values: dict[str, Scalar] = {}
    secret: list[str] = []


class BranchTaken(Event, frozen=True, kw_only=True):
    """A condition was judged: the call goes on in block ``to`` (empty: with the next step).

    ``facts`` are the figures, times and opening states that the judgement used.
    """

    contact: str
    block: str
    index: int
    to: str
    facts: dict[str, Scalar] = {}


class BlockReturned(Event, frozen=True, kw_only=True):
    """The call comes back to after the `do` step that it left last."""

    contact: str


class LanguageSet(Event, frozen=True, kw_only=True):
    """Texts and phrases are of this language (BCP 47 primary tag) from now on."""

    contact: str
    language: str


class ContactMarked(Event, frozen=True, kw_only=True):
    """What the queues ahead are to know of the contact; None and empty leave as it is.

    ``skills`` are levels asked for beside those of the queue.
    """

    contact: str
    priority: int | None = None
    skills: dict[str, int] = {}
    tier: str = ""


class DispositionSet(Event, frozen=True, kw_only=True):
    """What the contact turned out to be about, in the site's own words."""

    contact: str
    disposition: str


class DigitsCollected(Event, frozen=True, kw_only=True):
    """The caller entered or said digits for ``variable``, ``count`` of them; 1 of a value of another kind.

    Which ones is nobody's business here.
    """

    contact: str
    menu: str
    turn: int
    variable: str
    count: int


class UniversalUsed(Event, frozen=True, kw_only=True):
    """The caller asked for help, again, back, the beginning, or a person."""

    contact: str
    menu: str
    turn: int
    universal: Universal
    by: ChosenBy


class CallerImpatient(Event, frozen=True, kw_only=True):
    """The caller loses patience, and is taken where the universal `agent` leads, with a raised priority.

    ``priority`` is what is added in all queues ahead; which words it was is not kept.
    """

    contact: str
    menu: str
    turn: int
    why: Impatient
    priority: int


class WaitStarted(Event, frozen=True, kw_only=True):
    """A step does nothing until then (UTC seconds)."""

    contact: str
    until: float


class ServiceAsked(Event, frozen=True, kw_only=True):
    """Intent: a service is asked, as ``request``; the step gives up waiting at ``until`` (UTC seconds)."""

    contact: str
    request: str
    service: Service
    name: str
    until: float


class ServiceAnswered(Event, frozen=True, kw_only=True):
    """A service answered, or did not. ``took`` in seconds; ``code`` is an error's, if there was one."""

    contact: str
    request: str
    service: Service
    name: str
    how: Told
    took: float = 0.0
    code: str = ""


class AnnouncementPlayed(Event, frozen=True, kw_only=True):
    """An announcement was put before the contact's prompt number ``prompt`` (0: while waiting in a queue)."""

    contact: str
    announcement: str
    version: int
    prompt: int = 0
    whole: bool = False
    """It cannot be cut short."""


class EmergencyMet(Event, frozen=True, kw_only=True):
    """The emergency switch is on, and the call has come to where that holds for it.

    A message that is put before a prompt of the dialplan has its number in ``prompt``.
    """

    contact: str
    action: EmergencyAction
    scope: str
    texts: dict[str, str] = {}
    """What is said, by language."""
    number: str = ""
    """Where the call is forwarded to: the site's own choice, no caller's."""
    block: str = ""
    index: int = 0
    """The step that the call was at, or where it would have begun."""
    prompt: int = 0
