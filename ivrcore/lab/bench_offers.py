"""The benchmark's offers: from an agent or caller becoming available to the INVITE at the agent's phone."""

import itertools
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from urllib.parse import urlencode
from urllib.request import Request

from ivrcore.lab.bench_calls import PRESSES
from ivrcore.lab.bench_figures import TIMES_HEAD, Table, milliseconds, times
from ivrcore.lab.bench_lab import BEEP, HOLD, HOLDING, MENU, REST, RESTING, TALKING, Clocks, happened
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.load import Load, Pause
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.model import events
from ivrcore.model.names import AgentState
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction

Say = Callable[[str], None]
OFFER_LIMIT = 0.020
"""Seconds within which an offer leaves after agent or caller became available (issue 2)."""
SILENT = "9006"
"""The lab's number that stays silent."""
WAITERS = 8
BACKGROUND = 5
"""Calls a second that go on beside the measurement."""


@dataclass
class Offers:
    """Seconds of each kind, one list per measurement."""

    ready_invite: list[float] = field(default_factory=list)
    ready_request: list[float] = field(default_factory=list)
    wrap_invite: list[float] = field(default_factory=list)
    queued_invite: list[float] = field(default_factory=list)


def offers(lab: HotlineLab, clocks: Clocks, *, quick: bool, say: Say) -> Table:
    """Measure part 3, without and with other calls going on."""
    count = 20 if quick else 120
    rows = [
        times("Asterisk alone: originate over HTTP → INVITE at the phone", _by_originate(lab, clocks, count))
    ]
    say("originated without the server")
    for load in (False, True):
        beside = f", {BACKGROUND} calls/s beside" if load else ""
        with _background(lab) if load else nullcontext():
            found = _measure(lab, clocks, count, say, beside)
        rows += [
            times(
                f"agent ready (API request sent) → INVITE at the phone{beside}",
                found.ready_invite,
                OFFER_LIMIT,
            ),
            times(f"agent ready (journal) → INVITE at the phone{beside}", found.ready_request, OFFER_LIMIT),
            times(f"wrap-up's end → INVITE at the phone{beside}", found.wrap_invite, OFFER_LIMIT),
            times(f"caller queued (journal) → INVITE at the phone{beside}", found.queued_invite, OFFER_LIMIT),
        ]
    return Table("Agent or caller free → offer", TIMES_HEAD, rows, [_commits(lab)])


def _commits(lab: HotlineLab) -> str:
    """Say how fast the disk was: each offer waits for one commit."""
    name = "ivrcore_journal_commit_seconds"
    count = max(lab.total(f"{name}_count"), 1)
    mean = lab.total(f"{name}_sum") / count
    quick, slow = (lab.total(f"{name}_bucket", le=edge) / count for edge in ("0.0025", "0.01"))
    return (
        f"{count:.0f} commits of the journal meanwhile: mean {milliseconds(mean)} ms, "
        f"{100 * quick:.0f} % within 2.5 ms, {100 * (1 - slow):.1f} % longer than 10 ms."
    )


def _by_originate(lab: HotlineLab, clocks: Clocks, count: int) -> list[float]:
    """Have Asterisk ring the phones by itself: what of an offer's time is its own."""
    sent = []
    for name in itertools.islice(itertools.cycle(f"agent{number}" for number in TALKING), count):
        phone = lab.phones.agents[name]
        lab.phones.wait(lambda phone=phone: not phone.live, 10, f"{name} is free")  # type: ignore[misc]
        rung = phone.invited
        query = urlencode({"endpoint": f"PJSIP/{name}", "context": "lab", "extension": SILENT, "priority": 1})
        request = Request(f"{lab.pbx.ari_url}/channels?{query}", method="POST")
        login = b64encode(f"{lab.pbx.ari_user}:{lab.pbx.ari_password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        sent.append((time.monotonic(), name))
        with LOOPBACK.open(request, timeout=5):
            lab.phones.wait(lambda phone=phone, rung=rung: phone.invited > rung, 10, name)  # type: ignore[misc]
    rung_at = _invites(lab, clocks)
    return [_next(rung_at[name], at) - at for at, name in sent]


@contextmanager
def _background(lab: HotlineLab) -> Iterator[None]:
    """Have short calls come all the time."""
    with Load(lab.pbx, BEEP, calls=BACKGROUND * 300, rate=BACKGROUND, steps=(Pause(10.0),), lane=2):
        yield


def _measure(lab: HotlineLab, clocks: Clocks, count: int, say: Say, beside: str) -> Offers:
    found = Offers()
    found.ready_invite, found.ready_request = _by_api(lab, clocks, count)
    say(f"offers after `ready`{beside}: {len(found.ready_invite)}")
    found.wrap_invite = _by_wrap_up(lab, clocks, count)
    say(f"offers after wrap-up{beside}: {len(found.wrap_invite)}")
    found.queued_invite = _by_callers(lab, clocks, count)
    say(f"offers to waiting agents{beside}: {len(found.queued_invite)}")
    return found


# --- an agent becomes ready -----------------------------------------------------------------------


def _by_api(lab: HotlineLab, clocks: Clocks, count: int) -> tuple[list[float], list[float]]:
    """Callers wait; agents in turn are told that they are ready, as soon as they are in wrap-up."""
    names = [f"agent{number}" for number in HOLDING]
    client = ApiClient(lab.url, lab.token)
    began = time.monotonic()
    sent: list[tuple[float, str]] = []
    with _waiting(lab, HOLD, "hold"):
        for turn, name in zip(range(count), itertools.cycle(names), strict=False):
            lab.wait_for(f"{name} is free", lambda name=name: _free(client, name))  # type: ignore[misc]
            phone = lab.phones.agents[name]
            rung = phone.invited
            sent.append((time.monotonic(), name))
            client.set_agent(name, AgentAction.READY)
            lab.phones.wait(lambda phone=phone, rung=rung: phone.invited > rung, 10, f"offer {turn}")  # type: ignore[misc]
        for name in names:
            lab.agent(name, AgentAction.LOGOUT)
    rung_at = _invites(lab, clocks)
    outside = [_next(rung_at[name], at) - at for at, name in sent]
    return outside, _by_journal(lab, clocks, rung_at, names, began)


def _free(client: ApiClient, name: str) -> bool:
    (state,) = (one["state"] for one in client.agents() if one["name"] == name)
    return state in (AgentState.LOGGED_OUT, AgentState.WRAP_UP)


def _by_journal(
    lab: HotlineLab, clocks: Clocks, rung_at: dict[str, list[float]], names: Sequence[str], began: float
) -> list[float]:
    """Give, for each change to ready that led to an offer, the time to the INVITE."""
    found = []
    for one in happened(lab, events.AgentStateChanged):
        at = clocks.journal(one.at)
        if one.agent in names and one.state is AgentState.READY and at > began:
            invited = _next(rung_at[one.agent], at)
            if invited - at < 1.0:
                found.append(invited - at)
    return found


def _by_wrap_up(lab: HotlineLab, clocks: Clocks, count: int) -> list[float]:
    """Callers wait; agents' short wrap-ups end by themselves, and each brings the next offer."""
    names = [f"agent{number}" for number in RESTING]
    began = time.monotonic()
    with _waiting(lab, REST, "rest"):
        rung = sum(lab.phones.agents[name].invited for name in names)
        lab.ready(*names)
        lab.phones.wait(
            lambda: sum(lab.phones.agents[name].invited for name in names) >= rung + count, 120, "offers"
        )
        for name in names:
            lab.agent(name, AgentAction.LOGOUT)
    rung_at = _invites(lab, clocks)
    found = []
    for one in happened(lab, events.AgentStateChanged):
        if (
            one.agent in names
            and one.state is AgentState.WRAP_UP
            and one.until
            and clocks.journal(one.at) > began
        ):
            due = clocks.journal(one.until)
            invited = _next(rung_at[one.agent], due)
            if invited - due < 1.0:
                found.append(invited - due)
    return found


@contextmanager
def _waiting(lab: HotlineLab, number: str, queue: str) -> Iterator[None]:
    """Have some callers wait; after each conversation they queue again."""
    callers = Load(lab.pbx, number, calls=WAITERS, rate=WAITERS, steps=(Pause(600.0),), lane=1)
    with callers:
        lab.wait_for(
            "callers wait", lambda: lab.total("ivrcore_queue_contacts_waiting", queue=queue) >= WAITERS
        )
        try:
            yield
        finally:
            _hang_up(lab, number)


def _hang_up(lab: HotlineLab, number: str) -> None:
    """End the callers of a number: their phones are gone, and nobody would say BYE."""
    for channel in lab.pbx.channels():
        if channel.extension == number:
            lab.pbx.rx(f"channel request hangup {channel.name}")


# --- a caller comes -------------------------------------------------------------------------------


def _by_callers(lab: HotlineLab, clocks: Clocks, count: int) -> list[float]:
    """Agents are ready; callers come one after another."""
    lab.ready(*(f"agent{number}" for number in TALKING))
    began = time.monotonic()
    result = Load(lab.pbx, MENU, calls=count, rate=6, steps=PRESSES, lane=1).run()
    if result.failed:
        raise AssertionError(f"{result.failed} calls failed")
    rung_at = _invites(lab, clocks)
    queued = {
        one.contact: clocks.journal(one.at)
        for one in happened(lab, events.ContactQueued)
        if one.queue == "talk" and clocks.journal(one.at) > began
    }
    found = []
    for one in happened(lab, events.LegDialled):
        at = queued.pop(one.contact, None)
        if at is not None:
            found.append(_next(rung_at[one.agent], at) - at)
    return found


def _invites(lab: HotlineLab, clocks: Clocks) -> dict[str, list[float]]:
    """Give the monotonic times at which each agent's phone got an INVITE, in order."""
    rung: dict[str, list[float]] = defaultdict(list)
    for name, phone in lab.phones.agents.items():
        rung[name] = [clocks.phone(call.invited_at) for call in list(phone.calls)]
    return rung


def _next(rung: Sequence[float], at: float) -> float:
    """Give the first INVITE after a moment; SIPp's stamps may be a millisecond early."""
    return next((each for each in rung if each > at - 0.001), float("inf"))
