"""The long run without its run: what its callers heard, whether the witnesses agree, how memory grows."""

from __future__ import annotations

import random
from array import array
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from ivrcore.lab import audio
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phone_records import Agent, AgentCall
from ivrcore.lab.phones import Result
from ivrcore.lab.sip_message import parse
from ivrcore.lab.sipp_scenarios import AgentPhone, Answers, Behaviour, Ignores, agents
from ivrcore.lab.soak import MOST_AT_ALL, MOST_PER_CONTACT, Growth
from ivrcore.lab.soak_agreement import JOURNAL, Witness, by_queue, differences, summed
from ivrcore.lab.soak_callers import Callers, Heard, heard
from ivrcore.lab.soak_site import AGENT_HERTZ, PHONES, TONE_SECONDS, TONES, zone_of_morning
from ivrcore.lab.soak_tally import Counts
from ivrcore.lab.soak_traffic import KINDS
from ivrcore.lab.soak_witnesses import called_off, phones
from ivrcore.model import events

SILENCE = audio.tone(0.0, 1.5)


def call(tmp_path: Path, *sounds: audio.Samples, ended_by: str = "far") -> Result:
    samples = array("h")
    for sound in sounds:
        samples.extend(sound)
    wav = audio.write_wav(tmp_path / "call.wav", samples)
    return Result(200, "OK", 16, 0.0, 9.0, ended_by, wav, 0.0, len(samples), ())


@pytest.mark.parametrize("queue", TONES)
def test_a_caller_tells_the_queue_and_the_agent_by_their_tones(tmp_path: Path, queue: str) -> None:
    tone = audio.tone(TONES[queue], TONE_SECONDS)
    alone = heard(call(tmp_path, SILENCE, tone, SILENCE, ended_by="caller"))
    assert (alone.queue, alone.agent, alone.by_caller, alone.cut) == (queue, False, True, False)
    agent = audio.tone(AGENT_HERTZ, 1.0)
    served = heard(call(tmp_path, SILENCE, tone, SILENCE, agent))
    assert (served.queue, served.agent, served.by_caller) == (queue, True, False)


def test_a_caller_who_leaves_during_the_tone_is_not_sure_and_one_without_any_came_to_no_queue(
    tmp_path: Path,
) -> None:
    assert heard(call(tmp_path, SILENCE, audio.tone(TONES["cards"], TONE_SECONDS), ended_by="caller")).cut
    assert heard(call(tmp_path, SILENCE)).queue == ""


def counts(answered: int = 3) -> Counts:
    return Counter(
        {
            ("offered", ""): 5,
            ("closed", ""): 5,
            ("entered", "cards"): 5,
            ("answered", "cards"): answered,
            ("abandoned", "cards"): 2,
        }
    )


def test_a_customer_who_is_rung_twice_has_asked_once_and_how_many_visits_that_were_no_phone_knows() -> None:
    agents = {f"agent{number}": Agent(f"agent{number}") for number in range(1, PHONES)}
    for status in ("486 Busy", "200 OK"):
        invite = parse(f"SIP/2.0 {status}\r\n\r\n")
        agents["agent10"].calls.append(AgentCall("agent10", status, invite, 5.0))
    lab = cast(HotlineLab, SimpleNamespace(phones=SimpleNamespace(agents=agents), records=list))
    callers = Callers(lab)
    callers.calls.append(Heard(200, "backs", agent=False, by_caller=False, ended=9.0))
    told, _ = phones(lab, callers)
    assert (told["asked", "backs"], told["called_back", ""]) == (1, 2)
    assert ("entered", "backs") not in told


def test_a_customer_whom_an_agent_leaves_at_once_may_have_been_answered(tmp_path: Path) -> None:
    agents = {f"agent{number}": Agent(f"agent{number}") for number in range(1, PHONES)}
    invite = parse("SIP/2.0 200 OK\r\n\r\n")
    agents["agent1"].calls.append(AgentCall("agent1", "a", invite, 1.0, answered_at=2.0, ended_at=8.9))
    for ended in (9.0, 20.0):
        silent = call(tmp_path, SILENCE).heard
        agents["agent10"].calls.append(
            AgentCall("agent10", "c", invite, 5.0, answered_at=8.0, ended_at=ended, heard=silent)
        )
    lab = cast(HotlineLab, SimpleNamespace(phones=SimpleNamespace(agents=agents)))
    assert Callers(lab).customers() == (2, 0, 1)


@pytest.mark.parametrize(("after", "doubtful"), [(0.01, {"eva": 1}), (3.0, {"eva": 0})])
def test_a_phone_that_is_called_and_called_off_in_one_moment_may_not_have_rung(
    after: float, doubtful: dict[str, int]
) -> None:
    leg = {"contact": "c", "leg": "l"}
    dialled = events.LegDialled(at=1.0, channel="l", agent="eva", offer="o", **leg)
    off = events.HangUpRequested(at=1.0 + after, cause=16, **leg)
    assert called_off([dialled, off]) == doubtful
    assert called_off([dialled, events.LegAnswered(at=1.0, **leg), off]) == {}


def test_one_contact_that_somebody_tells_otherwise_is_found() -> None:
    told = {JOURNAL: Witness(counts()), "report": Witness(counts()), "wallboard": Witness(counts())}
    assert differences(told) == []
    told["wallboard"] = Witness(counts(answered=2))
    assert differences(told) == ["answered of cards: journal 3, wallboard 2"]
    rows = by_queue(told, "By queue").rows
    assert rows[1] == ["cards answered", "3", "3", "2"]
    assert ["– answered", "3", "3", "2"] in summed(told, "Sums").rows


def test_who_counts_something_counts_all_of_it_and_who_cannot_be_sure_says_by_how_much() -> None:
    less = counts()
    del less["abandoned", "cards"]
    less["abandoned", "loans"] = 0
    told = {JOURNAL: Witness(counts()), "report": Witness(less)}
    assert differences(told) == ["abandoned of cards: journal 2, report 0"]
    doubt: Counts = Counter({("answered", "cards"): 1})
    told = {JOURNAL: Witness(counts()), "phones": Witness(counts(answered=2), doubt, whole=False)}
    assert differences(told) == []
    assert ["cards answered", "3", "2 ±1"] in by_queue(told, "By queue").rows


def test_a_journal_in_which_a_visit_did_not_end_does_not_add_up() -> None:
    journal = counts(answered=2)
    journal["closed", ""] = 4
    assert differences({JOURNAL: Witness(journal)}) == [
        "5 contacts came and 4 ended",
        "cards: 5 visits began and 4 ended",
    ]


def test_memory_that_grows_with_every_contact_is_found_and_what_a_start_takes_is_not() -> None:
    start = [(contact, contact * 1_000_000, 0) for contact in range(50)]
    flat = Growth([*start, *((contact, 50_000_000, 0) for contact in range(50, 150))])
    assert flat.flat
    assert flat.per_contact(1) == 0.0
    leak = round(2 * MOST_PER_CONTACT)
    more = round(MOST_AT_ALL / MOST_PER_CONTACT)
    growing = Growth([(contact, contact * leak, 0) for contact in range(4 * more)])
    assert not growing.flat


def test_a_day_begins_early_enough_wherever_the_clock_stands() -> None:
    for hour in range(24):
        now = datetime(2026, 3, 1, hour, 30, tzinfo=UTC)
        zone = ZoneInfo(zone_of_morning(now.timestamp()))
        assert now.astimezone(zone).hour == 3


def test_each_kind_of_caller_does_the_same_for_the_same_seed() -> None:
    for _, make in KINDS.values():
        assert make(random.Random(5)) == make(random.Random(5))


def test_phones_begin_their_ways_again_only_when_they_are_told_to() -> None:
    ways: list[Behaviour] = [Ignores(), Answers(0.1, 1.0)]
    assert '<assign assign_to="calls_agent1" value="0"/>' in agents([AgentPhone("agent1", 4000, ways, True)])
    assert "<assign " not in agents([AgentPhone("agent1", 4000, ways)])
