"""A watch beside a real app_queue: what it shows is what `queue show` says, whatever happens to the link."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from ivrcore.app_queue import link
from ivrcore.app_queue.options import Options
from ivrcore.app_queue.watch import AppQueueWatch
from ivrcore.lab.load import Load, Pause
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.pbx_files import MANAGER_USERS
from ivrcore.lab.phones import Answers, HangUp, Ignores, Phones, Wait
from ivrcore.lab.proxy import Proxy
from tests.support.aio import asyncio_test, until

pytestmark = pytest.mark.asterisk

SECRET = "only-for-this-test"
DIALPLAN = """
[from-trunk]
exten => 7001,1,Answer()
 same => n,Queue(support,,,,60)
 same => n,Hangup()
exten => 7002,1,Answer()
 same => n,Queue(deaf,,,,2)
 same => n,Hangup()
exten => 7003,1,Answer()
 same => n,Queue(resting,,,,60)
 same => n,Hangup()
"""
ANSWERING = range(1, 11)
PROMPT = 5
"""Seconds of threshold. Asterisk counts by whole seconds and looks at its clock twice for a call, so no wait
may end near it: the first are of `LATE` seconds, the others of two at most."""
LATE = 9.0
QUEUES = f"""
[general]
persistentmembers = no
[usual](!)
strategy = rrmemory
timeout = 1
retry = 1
autofill = yes
ringinuse = no
joinempty = yes
[support](usual)
servicelevel = {PROMPT}
""" + "".join(f"member => PJSIP/agent{number},0,Agent {number}\n" for number in ANSWERING)
QUEUES += """
[deaf](usual)
servicelevel = 1
member => PJSIP/agent11
member => PJSIP/agent12
[resting](usual)
servicelevel = 2
member => PJSIP/agent13
"""
USERS = f"[ivrcore]\nsecret = {SECRET}\nread = agent\nwrite = reporting\n"
LINE = re.compile(
    r"^(?P<queue>\w+) has (?P<waiting>\d+) calls .*strategy "
    r"\((?P<hold>\d+)s holdtime, (?P<talk>\d+)s talktime\), "
    r"W:\d+, C:(?P<completed>\d+), A:(?P<abandoned>\d+), SL:(?P<sl>[\d.]+)%, SL2:(?P<sl2>[\d.]+)%",
)
TAKEN = re.compile(r"^\s+(?P<member>.+?) \(.*has taken (?P<calls>no|\d+) calls")
NUMBERS = ("waiting", "hold", "talk", "completed", "abandoned")


class Site:
    """The Asterisk, its callers, and the watch."""

    def __init__(self, pbx: Pbx, watch: AppQueueWatch) -> None:
        self.pbx = pbx
        self.watch = watch

    def shown(self) -> dict[str, dict[str, float]]:
        """Give what `queue show` says, by queue; calls taken by ``of NAME``."""
        said: dict[str, dict[str, float]] = {}
        text = re.sub(r"\x1b\[[\d;]*m", "", self.pbx.rx("queue show"))
        for line in text.splitlines():
            if match := LINE.match(line):
                queue = said[match["queue"]] = {name: float(match[name]) for name in (*NUMBERS, "sl", "sl2")}
            elif match := TAKEN.match(line):
                queue[f"of {match['member']}"] = float(match["calls"].replace("no", "0"))
        return said

    def watched(self) -> dict[str, dict[str, float]]:
        """Give the same by the watch's metrics."""
        rows = self.rows()

        def of(queue: str) -> dict[str, float]:
            c, a = rows["calls_completed", queue], rows["callers_abandoned", queue]
            c_t = rows["calls_completed_in_threshold", queue]
            a_t = rows["callers_abandoned_in_threshold", queue]
            taken = {
                f"of {key[2]}": value for key, value in rows.items() if key[:2] == ("member_calls", queue)
            }
            return {
                "waiting": rows["callers_waiting", queue],
                "hold": rows["reported_hold_seconds", queue],
                "talk": rows["reported_talk_seconds", queue],
                "completed": c - rows["uncounted", queue],
                "abandoned": a,
                "sl": round(100 * c_t / c, 1) if c else 0.0,
                "sl2": round(100 * (c_t + a_t) / (c + a), 1) if c + a else 0.0,
                **taken,
            }

        return {key[1]: of(key[1]) for key in rows if key[0] == "calls_completed"}

    def rows(self) -> dict[tuple[str, ...], float]:
        return {
            (family.name.removeprefix("ivrcore_app_queue_"), *labels[1:]): value
            for family in self.watch.families(time.time())
            for labels, value in family.rows
            if isinstance(value, float | int)
        }

    async def settled(self) -> None:
        """Wait for three statuses from now on: then what was missed is known."""
        wanted = self.watch.ledger.figures.statuses + 4
        await until(lambda: self._asked(wanted))

    def _asked(self, wanted: int) -> bool:
        self.watch._link.status_wanted()
        return self.watch.ledger.figures.statuses >= wanted


def placed(stack: ExitStack, pbx: Pbx, lane: int, number: str, calls: int, rate: float, stays: float) -> Load:
    return stack.enter_context(
        Load(pbx, number, calls=calls, rate=rate, steps=[Pause(stays)], lane=lane, at_once=40)
    )


async def all_over(pbx: Pbx, *loads: Load) -> None:
    for load in loads:
        result = await asyncio.to_thread(load.wait)
        assert result.failed == 0, load.errors
    assert await asyncio.to_thread(pbx.idle)


@partial(asyncio_test, seconds=130.0)
async def test_given_mixed_calls_and_a_link_that_breaks_when_compared_then_it_is_what_queue_show_says(
    pbx_factory: Callable[..., Pbx], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "DOUBT", 0.2)
    monkeypatch.setattr(link, "LONGEST_DOUBT", 0.2)
    monkeypatch.setattr(link, "QUICK", (0.0, 0.2, 0.2))
    plan = tmp_path / "queues.ext.conf"
    plan.write_text(DIALPLAN)
    extra = {"queues.conf": QUEUES, MANAGER_USERS: USERS}
    pbx = await asyncio.to_thread(lambda: pbx_factory(agents=13, includes=[plan], extra=extra))
    behaviours = {f"agent{number}": Answers(after=0.1, talk=0.8) for number in ANSWERING}
    with ExitStack() as stack:
        phones = await asyncio.to_thread(stack.enter_context, Phones(pbx, tmp_path / "phones"))
        await asyncio.to_thread(
            phones.add_agents, {**behaviours, **{f"agent{number}": Ignores() for number in (11, 12, 13)}}
        )
        async with Proxy(pbx.block.manager) as cable:
            options = Options("ivrcore", SECRET, port=cable.port, every=5.0)
            watch = AppQueueWatch("pbx", options, time.time)
            site = Site(pbx, watch)
            watch.start()
            try:
                await until(lambda: watch.ledger.figures.statuses >= 3)
                await asyncio.to_thread(pbx.rx, "queue pause member PJSIP/agent13 queue resting reason lunch")
                await hundred_calls(site, stack)
                await calls_while_the_cable_is_cut(site, stack, cable)
                await calls_after_a_restart(site, stack)
                await a_caller_whose_number_holds_an_event(site, phones)
            finally:
                await watch.stop()


async def hundred_calls(site: Site, stack: ExitStack) -> None:
    """Answered late or soon, timed out as members do not answer, given up as the only member is paused."""
    await everybody(site.pbx, "pause")
    late = placed(stack, site.pbx, 5, "7001", 6, 10, 40)
    timed_out = placed(stack, site.pbx, 1, "7002", 22, 8, 25)
    gave_up = placed(stack, site.pbx, 2, "7003", 34, 12, 1.5)
    await until(lambda: site.rows()["callers_waiting", "resting"] > 0)
    await until(lambda: site.rows()["callers_waiting", "support"] == 6)
    await until(lambda: site.rows()["longest_wait_seconds", "support"] > LATE)
    await everybody(site.pbx, "unpause")
    await until(lambda: site.rows()["calls_completed", "support"] == 6)
    soon = placed(stack, site.pbx, 0, "7001", 38, 5, 25)
    await all_over(site.pbx, late, soon, timed_out, gave_up)
    await site.settled()
    rows, shown = site.rows(), site.shown()
    assert site.watched() == shown
    assert shown["support"]["sl"] == round(100 * 38 / 44, 1)
    assert sum(v for k, v in rows.items() if k[0] in ("calls_completed", "callers_abandoned")) == 100
    assert (shown["support"]["completed"], shown["resting"]["abandoned"]) == (44, 34)
    assert rows["members_paused", "resting"] == rows["members", "resting", "paused"] == 1
    assert rows["members", "support", "ready"] == len(ANSWERING)
    assert rows["phones_unanswered", "deaf"] > 0
    assert sum(value for key, value in rows.items() if key[0] in ("odd", "unseen")) == 0


async def everybody(pbx: Pbx, word: str) -> None:
    """Pause or unpause the members who answer."""
    for number in ANSWERING:
        await asyncio.to_thread(pbx.rx, f"queue {word} member PJSIP/agent{number} queue support")


async def calls_while_the_cable_is_cut(site: Site, stack: ExitStack, cable: Proxy) -> None:
    """What happens while nobody listens is in the counts, and said to be unseen."""
    answered = placed(stack, site.pbx, 3, "7001", 12, 12, 25)
    await until(lambda: site.rows()["calls_connected", "support"] > 44)
    await cable.cut()
    await until(lambda: not site.watch.ledger.up)
    await all_over(site.pbx, answered)
    await cable.restore()
    await until(lambda: site.watch.ledger.up)
    await site.settled()
    rows, shown, watched = site.rows(), site.shown(), site.watched()
    for queue in shown:
        known = [name for name in shown[queue] if name not in ("sl", "sl2")]
        assert {name: watched[queue][name] for name in known} == {name: shown[queue][name] for name in known}
    assert shown["support"]["completed"] == 56
    assert rows["unseen", "support", "completed"] > 0
    assert rows["link_losses",] == 1
    assert rows["away_seconds",] > 0


async def calls_after_a_restart(site: Site, stack: ExitStack) -> None:
    """Asterisk begins at 0 again, the counts do not."""
    await asyncio.to_thread(site.pbx.stop)
    await until(lambda: not site.watch.ledger.up)
    assert site.rows()["calls_completed", "support"] == 56
    await asyncio.to_thread(site.pbx.start)
    await until(lambda: site.watch.ledger.up)
    await all_over(site.pbx, placed(stack, site.pbx, 4, "7001", 4, 4, 25))
    await site.settled()
    assert site.shown()["support"]["completed"] == 4
    assert site.rows()["calls_completed", "support"] == 60
    assert site.rows()["restarts",] == 1


async def a_caller_whose_number_holds_an_event(site: Site, phones: Phones) -> None:
    """Asterisk writes it out as it is; what it says is not counted, and what it tears apart is found out."""
    lines = ("02", "", "Event:AgentCalled", "Privilege:agent,all", "Queue:resting", "", "")
    number = "%0d%0a".join(lines).replace(":", "%3a")
    call = phones.call("7003", [Wait(1.0), HangUp()], caller_id=number)
    await asyncio.to_thread(call.result)
    await site.settled()
    await until(lambda: site.rows()["callers_abandoned", "resting"] == 35)
    rows = site.rows()
    assert rows["phones_rung", "resting"] == rows["callers_waiting", "resting"] == 0
    assert sum(value for key, value in rows.items() if key[0] == "odd") > 0
