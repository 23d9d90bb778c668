"""What must be true after a storm, all callers gone, by phones, Asterisk, journal and metrics."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from ivrcore.lab import chaos_site
from ivrcore.lab.accounts import ROWS, Accounts, draw_up
from ivrcore.lab.chaos_audit import SETTLE
from ivrcore.lab.chaos_call_backs import misrung
from ivrcore.lab.chaos_messages import miskept
from ivrcore.lab.packages import LabError
from ivrcore.model import events

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from ivrcore.lab.chaos_audit import Audit
    from ivrcore.lab.chaos_calls import Calls
    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.phone_records import Result
    from ivrcore.model.event import Event


AUDIO = (".snoop", ".media")
"""What we hear a leg by: not a leg, and of no use to the next life of a server."""
CLOSE = 1.0
"""Seconds by which a phone and the journal may tell of the same thing apart."""
CALLED_BACK = 120.0
"""Seconds within which all who wait for it are called back, or given up after their tries."""


class Ends(Protocol):
    """Whom we were to hang up, by the journal."""

    @property
    def callers(self) -> Mapping[str, Sequence[str]]:
        """Number -> the legs of the contacts of who showed it."""

    @property
    def hung_up(self) -> Mapping[str, Sequence[float]]:
        """Leg -> when we were to hang it up (UTC seconds)."""


def strays(new: Iterable[Event], hung_up: Container[str]) -> list[str]:
    """Say what was ended as nobody's: of our legs only those may be that were ``hung_up`` already."""
    return [
        f"{one.what} {one.id} was nobody's: {one.action}"
        for one in new
        if isinstance(one, events.OrphanEnded)
        and one.what == "channel"
        and not one.id.endswith(AUDIO)
        and one.id not in hung_up
    ]


def dropped(calls: Iterable[tuple[str, Result]], audit: Ends) -> list[str]:
    """Say which callers were hung up on, though nobody of us was to; ``calls``: with the number of each."""
    shift = time.time() - time.monotonic()
    wrong, callers = [], audit.callers
    for number, call in calls:
        if call.ended_by != "far" or call.answered_at is None:
            continue
        began, ended = call.answered_at + shift - CLOSE, call.ended_at + shift + CLOSE
        ours = (at for leg in callers.get(number, ()) for at in audit.hung_up.get(leg, ()))
        if not any(began < at < ended for at in ours):
            wrong.append(f"{number} was hung up on at {ended - CLOSE:.2f}, and nobody was to")
    return wrong


def end(lab: HotlineLab, audit: Audit, calls: Calls) -> list[str]:
    """Have all calls end; say what does not add up then."""
    results, wrong = gone(lab, audit, calls)
    turned_away = sum(result.status == chaos_site.TURNED_AWAY for result in results)
    wrong += miskept(lab, calls, audit.people, audit.away)
    wrong += misrung(lab, [*audit.call_backs.over, *audit.call_backs.open.values()])
    wrong += [f"{one} came again" for one in audit.agi.again()]
    wrong += dropped([(me, call.result(0)) for me, call in calls.by], audit)
    told = accounts(lab, results)
    came = told.journal["offered"] + turned_away
    if came <= told.asterisk["offered"] <= came + audit.agi.dialled:
        told.asterisk["offered"] = came  # a phone that a dialplan dialled is a call to it when it answers
    return wrong + unequal(told, turned_away)


def accounts(lab: HotlineLab, results: list[Result]) -> Accounts:
    """Draw up what everybody tells; outside phones ring for no offer."""
    told = draw_up(lab, results)
    for number in (chaos_site.OUTSIDE, *chaos_site.CUSTOMERS):
        told.agents["offers"] -= lab.phones.agents[f"agent{number}"].invited
    return told


def gone(lab: HotlineLab, audit: Audit, calls: Calls) -> tuple[list[Result], list[str]]:
    """Have all calls end; give how they went, and who or what is left."""
    calls.hang_up()
    results = [call.result(90) for call in calls.made]
    wrong: list[str] = []
    try:
        lab.wait_for("every customer called back", lambda: not audit.read().call_backs.open, CALLED_BACK)
        lab.wait_for("every channel and bridge gone", lambda: lab.pbx.idle(1.0), 40)
        lab.wait_for("every contact closed", lambda: not audit.read().open, SETTLE)
    except LabError as error:
        left = f"{lab.pbx.channels()} {lab.pbx.bridges()} {sorted(audit.open)}"
        wrong.append(f"{str(error).splitlines()[0]}: {left}")
    return results, [*wrong, *audit.settled(), *audit.wrong]


def unequal(told: Accounts, turned_away: int) -> list[str]:
    """Say what does not add up in the end; so many callers came while no server was there.

    What rang, or was answered, while nobody looked may lack in the journal, and an offer that was made may
    not have left the server any more.
    """
    journal, metrics, asterisk = told.journal, told.metrics, told.asterisk
    wrong = [
        f"{ROWS[row].strip()}: journal {journal[row]}, metrics {count}"
        for row, count in metrics.items()
        if count != journal[row]
    ]
    came = journal["offered"] + turned_away
    for who, count in (("callers", told.callers["offered"]), ("Asterisk", asterisk["offered"])):
        if count != came:
            wrong.append(
                f"{who} tell of {count} calls, the journal of {came - turned_away}; "
                f"{turned_away} came while no server was there"
            )
    ends = sum(journal[row] for row in ("self_served", "left_in_menu", "queued", "refused", "failed"))
    if journal["offered"] != ends:
        wrong.append(f"{journal['offered']} contacts came, and {ends} ended")
    visits = journal["answered"] + journal["abandoned"] + journal["left"]
    if journal["visits"] != visits:
        wrong.append(f"{journal['visits']} visits began, and {visits} ended")
    if journal["queued"] > visits:  # a contact may come to two queues
        wrong.append(f"{journal['queued']} contacts came to queues, in {visits} visits")
    if told.agents["offers"] > journal["offers"]:
        wrong.append(f"{told.agents['offers']} phones rang for {journal['offers']} offers")
    if journal["picked_up"] > told.agents["picked_up"]:
        wrong.append(
            f"{journal['picked_up']} answers of {told.agents['picked_up']} phones are in the journal"
        )
    wrong += [
        f"{asterisk[row]} {row} are left in Asterisk" for row in ("channels", "bridges") if asterisk[row]
    ]
    return wrong + ([f"{journal['failed']} calls failed"] if journal["failed"] else [])
