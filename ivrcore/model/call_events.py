"""Events of a contact, its legs and bridges. See :mod:`ivrcore.model.events` for the ids."""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import AdoptedIn, By, Outcome, Owner

# --- contacts -------------------------------------------------------------------------------------


class ContactArrived(Event, frozen=True, kw_only=True):
    """A call rang. ``number`` is the called one; ``plan`` and ``plan_version`` name the dialplan."""

    contact: str
    leg: str
    channel: str
    number: str
    plan: str
    plan_version: str
    subject: str = ""


class ContactClosed(Event, frozen=True, kw_only=True):
    """Nothing of the contact is left. ``cause`` is the Q.850 cause of the caller's leg."""

    contact: str
    outcome: Outcome
    cause: int = 16
    inferred: bool = False


class ContactAdopted(Event, frozen=True, kw_only=True):
    """A server that died had left the contact, and it goes on. Nobody looked after it from ``since`` (the
    last that is known, UTC seconds) until ``at``."""

    contact: str
    leg: str
    where: AdoptedIn
    since: float


# --- legs -----------------------------------------------------------------------------------------


class AnswerRequested(Event, frozen=True, kw_only=True):
    """Intent: the caller's leg is to be answered."""

    contact: str
    leg: str


class LegAnswered(Event, frozen=True, kw_only=True):
    """The far side of a leg picked up (or we answered it)."""

    contact: str
    leg: str


class LegDialled(Event, frozen=True, kw_only=True):
    """Intent: a leg is to be made, under the channel id given: to an agent or (``outbound``) outside."""

    contact: str
    leg: str
    channel: str
    agent: str = ""
    offer: str = ""
    outbound: str = ""


class LegHandedOver(Event, frozen=True, kw_only=True):
    """The leg's owner changed."""

    contact: str
    leg: str
    owner: Owner


class HangUpRequested(Event, frozen=True, kw_only=True):
    """Intent: a leg is to be ended with this Q.850 cause."""

    contact: str
    leg: str
    cause: int


class LegEnded(Event, frozen=True, kw_only=True):
    """A leg is gone. ``since`` is set where it was inferred: it ended between ``since`` and ``at``."""

    contact: str
    leg: str
    cause: int
    by: By = By.UNKNOWN
    since: float | None = None


class BridgeRequested(Event, frozen=True, kw_only=True):
    """Intent: the legs are to be joined in this bridge."""

    contact: str
    bridge: str
    legs: tuple[str, ...]
