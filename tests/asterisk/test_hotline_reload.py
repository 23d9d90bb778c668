"""The dialplan changes under thirty calls on the real Asterisk: nobody is dropped, each ends on its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, Call, Keys
from ivrcore.model import events
from ivrcore.model.names import Outcome
from tests.asterisk.hotlines import check, happened, site

pytestmark = pytest.mark.asterisk

IN_MENU, WAITING, TALKING = 10, 12, 8

# Every name of a version ends with its number, so that the journal tells which version a caller heard.
PLAN = """\
name: bank
language: en
numbers:
  "5000": {{start: main{n}}}
defaults: {{timeout: 110s}}
menus:
  main{n}:
    prompt: This is version {n}. Cards, loans or hours?
    choices:
      cards{n}: {{say: [card], keys: "1", go: [{{queue: cards}}, {{goto: goodbye{n}}}]}}
      loans{n}: {{say: [loan], keys: "2", go: [{{queue: loans}}, {{goto: goodbye{n}}}]}}
      hours{n}: {{say: [hours], keys: "3", go: [{{goto: goodbye{n}}}]}}
    otherwise: [{{goto: goodbye{n}}}]
blocks:
  goodbye{n}:
    - say: Thank you for calling version {n}.
"""
QUEUES = """\
cards: {skills: {cards: 1}, max_wait: 45s}
loans: {skills: {loans: 1}, ring_time: 10s, wrap_up: 0s}
"""
TALK_SECONDS = 40.0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[HotlineLab]:
    agents = "".join(
        f"a{n}: {{endpoint: PJSIP/agent{n}, skills: {{loans: 1}}}}\n" for n in range(1, TALKING + 1)
    )
    made = HotlineLab(
        tmp_path / "lab",
        agents=TALKING,
        config=site(queues=QUEUES, agents=agents),
        dialplans={"bank.yaml": PLAN.format(n=1)},
        registering=True,
    )
    try:
        made.start()
        made.serve()
        yield made
        check(made)
    finally:
        made.close()


def save(lab: HotlineLab, text: str) -> None:
    (lab.site / "dialplans/bank.yaml").write_text(text)


def published(lab: HotlineLab) -> list[events.DialplanPublished]:
    return happened(lab, events.DialplanPublished)


def all_in_place(lab: HotlineLab) -> bool:
    waiting = {one.contact for one in happened(lab, events.ContactQueued) if one.queue == "cards"}
    return (
        len(happened(lab, events.MenuEntered)) == IN_MENU + WAITING + TALKING
        and len(waiting) == WAITING
        and len(happened(lab, events.VisitAnswered)) == TALKING
    )


def press(call: Call, keys: str) -> None:
    call.wait_for("answered")
    call.do(Keys(keys))


def test_given_thirty_live_calls_when_the_dialplan_changes_then_none_drops_and_each_ends_on_its_own_version(
    lab: HotlineLab,
) -> None:
    lab.phones.add_agents({f"agent{n}": Answers(0.2, talk=TALK_SECONDS) for n in range(1, TALKING + 1)})
    lab.ready(*(f"a{n}" for n in range(1, TALKING + 1)))
    calls = [lab.phones.call("5000", deadline=150) for _ in range(IN_MENU + WAITING + TALKING)]
    in_menu = calls[:IN_MENU]
    for call in calls[IN_MENU : IN_MENU + WAITING]:
        press(call, "1")
    for call in calls[IN_MENU + WAITING :]:
        press(call, "2")
    lab.wait_for("thirty calls in their places", lambda: all_in_place(lab))

    save(lab, PLAN.format(n=2))
    lab.wait_for("version 2", lambda: len(published(lab)) == 2)
    assert lab.total("ivrcore_dialplan_calls", version=published(lab)[0].version) == 30
    second = lab.phones.call("5000", deadline=60)
    press(second, "3")

    save(lab, PLAN.format(n=3).replace("queue: loans", "queue: lones"))
    lab.wait_for("the broken file is refused", lambda: happened(lab, events.DialplanRefused))
    assert lab.total("ivrcore_dialplan_broken", file="bank.yaml") == 1
    assert "bank.yaml does not take effect" in lab.get("")
    still_second = lab.phones.call("5000", deadline=60)
    press(still_second, "3")
    second.result()
    still_second.result()

    save(lab, PLAN.format(n=3))
    lab.wait_for("version 3", lambda: len(published(lab)) == 3)
    assert lab.total("ivrcore_dialplan_broken", file="bank.yaml") == 0
    assert not happened(lab, events.TalkEnded), "all of it happened while they were talking"
    assert not happened(lab, events.VisitLeft), "and waiting"
    third = lab.phones.call("5000", deadline=60)
    press(third, "3")
    for call in in_menu:
        press(call, "3")
    results = [call.result(120) for call in (*calls, second, still_second, third)]

    assert {(one.status, one.ended_by) for one in results} == {(200, "far")}
    lab.wait_for("closed", lambda: len(happened(lab, events.ContactClosed)) == 33)
    assert not happened(lab, events.CommandFailed)
    each_on_its_own_version(lab)
    assert {one.version for one in happened(lab, events.DialplanRetired)} == {
        one.version for one in published(lab)[:2]
    }
    assert lab.total("ivrcore_dialplan_published_total", dialplan="bank") == 3
    assert lab.total("ivrcore_dialplan_refused_total", dialplan="bank") == 1


def each_on_its_own_version(lab: HotlineLab) -> None:
    """What every contact met and heard is of the version that it began with."""
    numbers = {one.version: str(n) for n, one in enumerate(published(lab), 1)}
    began = {one.contact: numbers[one.plan_version] for one in happened(lab, events.ContactArrived)}
    assert sorted(began.values()) == ["1"] * 30 + ["2"] * 2 + ["3"]
    for met in happened(lab, events.MenuEntered):
        assert met.menu == f"main{began[met.contact]}"
    last: dict[str, str] = {}
    for step in happened(lab, events.StepStarted):
        last[step.contact] = step.block
    assert last == {contact: f"goodbye{n}" for contact, n in began.items()}
    prompts = [
        (one.contact, one.name)
        for one in happened(lab, events.PromptStarted)
        if one.name.startswith(("main", "goodbye"))
    ]
    assert len(prompts) == 2 * 33
    assert all(f"main{began[who]}" in name or f"goodbye{began[who]}" in name for who, name in prompts)
    outcomes = [one.outcome for one in happened(lab, events.ContactClosed)]
    assert outcomes.count(Outcome.QUEUED) == WAITING + TALKING
    assert outcomes.count(Outcome.FAILED) == 0
