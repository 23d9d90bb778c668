"""What every switch and its legs promise, as cases that run on any of them.

A table sets up the switch with a caller's and an agent's phone; `until` lets time pass until a condition
holds. `test_legs.py` runs the cases on the doubles, `tests/asterisk` on the real drivers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from ivrcore.model.names import By, Cause, Device, PromptEnd
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Arrival,
    Capability,
    Dial,
    Ended,
    Fetched,
    GoOn,
    HangUp,
    Held,
    Joined,
    Key,
    Leg,
    LegEvent,
    Play,
    PlayEnded,
    Record,
    Recorded,
    Resumed,
    Ring,
    Ringing,
    SentOn,
    StartMusic,
    StopMusic,
    StopPlay,
    StopRecord,
    Switch,
    Unfetched,
)


class Table(Protocol):
    """A switch with two phones; the agent's rings and then does what its `script` says."""

    short: str
    """Media of about a second."""
    long: str
    """Media of many seconds."""
    missing: str
    """Media that is not there."""
    can: frozenset[Capability]
    """What the driver can; cases that need more are not for it."""

    @property
    def switch(self) -> Switch:
        """The switch."""

    async def call(self) -> Arrival:
        """The caller's phone calls 701."""

    async def press(self, digit: str) -> None:
        """The caller presses a key."""

    async def say(self) -> None:
        """The caller says something for about a second; a recording has begun by then."""

    async def caller_hangs_up(self) -> None:
        """The caller hangs up."""

    async def script(self, what: str) -> str:
        """What the agent's phone will do (``answer``, ``reject``, ``nothing``); its endpoint."""

    async def rings(self) -> None:
        """Wait until the agent's phone rings."""

    async def agent_hangs_up(self) -> None:
        """The agent hangs up."""

    async def agent_holds(self, on: bool) -> None:
        """The agent's phone, in a conversation, puts the other side on hold or takes it back."""

    async def agent_sends_on(self) -> None:
        """The agent's phone, in a conversation, sends the other side to somebody who takes the call."""

    async def own_call(self) -> None:
        """The agent's phone is in a call that the switch did not make; `agent_hangs_up` ends it."""

    async def until(self, condition: Callable[[], Any]) -> None:
        """Let time pass until the condition holds."""


class Told:
    """The events of a leg."""

    def __init__(self, table: Table) -> None:
        self.events: list[LegEvent] = []
        self._table = table

    async def until(self, *expected: LegEvent) -> None:
        """Wait until exactly these were told."""
        await self._table.until(lambda: len(self.events) >= len(expected))
        assert self.events == list(expected)


async def arrived(table: Table) -> tuple[Leg, Told]:
    arrival = await table.call()
    told = Told(table)
    arrival.leg.own(told.events.append)
    return arrival.leg, told


async def dialled(
    table: Table, what: str, time_out: float = 20.0, partner: Leg | None = None
) -> tuple[Leg, Told]:
    told = Told(table)
    dial = Dial("c1.l2", "c1.l2", await table.script(what), time_out=time_out, partner=partner)
    return table.switch.dial(dial, told.events.append), told


async def an_arrival_carries_its_number_and_what_can_be_done_with_it(table: Table) -> None:
    arrival = await table.call()
    assert arrival.number == "701"
    assert arrival.leg.id == f"{arrival.contact}.l1"
    assert arrival.leg.channel
    assert arrival.leg.capabilities == table.can
    assert table.switch.connected
    await table.caller_hangs_up()


async def commands_are_done_in_order(table: Table) -> None:
    leg, told = await arrived(table)
    for command in (Ring(), Answer(), StartMusic(), StopMusic(), Play("p1", (table.short,))):
        leg.send(command)
    assert told.events == []
    await told.until(Answered(), PlayEnded("p1", PromptEnd.FINISHED))
    await table.caller_hangs_up()


async def an_answer_to_a_leg_that_is_up_is_told_again(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Answer())
    await told.until(Answered(), Answered())
    leg.send(Answer())
    leg.send(Play("p1", (table.short,)))
    await told.until(Answered(), Answered(), Answered(), PlayEnded("p1", PromptEnd.FINISHED))
    await table.caller_hangs_up()


async def a_prompt_before_the_answer_is_played_to_its_end_first(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Play("p1", (table.short,)))
    leg.send(Answer())
    await told.until(PlayEnded("p1", PromptEnd.FINISHED), Answered())
    await table.caller_hangs_up()


async def stopping_a_playback_overtakes_and_the_next_begins(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Play("p1", (table.long,)))
    leg.send(Play("p2", (table.short,)))
    await told.until(Answered())
    leg.send(StopPlay("p1"))
    leg.send(StopPlay("p1"))
    leg.send(StopPlay("never sent"))
    stopped = PlayEnded("p1", PromptEnd.STOPPED)
    await told.until(Answered(), stopped)
    await told.until(Answered(), stopped, PlayEnded("p2", PromptEnd.FINISHED))
    await table.caller_hangs_up()


async def a_waiting_playback_can_be_stopped(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Play("p1", (table.long,)))
    leg.send(Play("p2", (table.long,)))
    await told.until(Answered())
    leg.send(StopPlay("p2"))
    assert len(told.events) == 1
    await told.until(Answered(), PlayEnded("p2", PromptEnd.STOPPED))
    await table.caller_hangs_up()


async def a_missing_recording_fails_and_the_next_is_played(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Play("p1", (table.missing,)))
    leg.send(Play("p2", (table.short,)))
    failed, finished = PlayEnded("p1", PromptEnd.FAILED), PlayEnded("p2", PromptEnd.FINISHED)
    await told.until(Answered(), failed, finished)
    await table.caller_hangs_up()


async def hanging_up_overtakes_and_ends_every_playback_first(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Play("p1", (table.long,)))
    leg.send(Play("p2", (table.long,)))
    await told.until(Answered())
    leg.send(HangUp(Cause.BUSY))
    leg.send(Play("p3", (table.short,)))
    stopped = [PlayEnded(name, PromptEnd.STOPPED) for name in ("p1", "p2")]
    await told.until(Answered(), *stopped, Ended(Cause.BUSY, By.SERVER))
    leg.send(Answer())
    leg.send(HangUp())


async def a_caller_is_let_go_on_in_asterisks_dialplan(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(GoOn("ivrcore-fallback", "701"))
    await told.until(Ended(Cause.NORMAL, By.SERVER))
    leg.send(Answer())
    leg.send(GoOn("ivrcore-fallback", "701"))


async def the_caller_presses_keys_and_hangs_up(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    await told.until(Answered())
    await table.press("4")
    await table.press("#")
    await told.until(Answered(), Key("4"), Key("#"))
    await table.caller_hangs_up()
    await told.until(Answered(), Key("4"), Key("#"), Ended(Cause.NORMAL, By.CALLER))


async def a_new_owner_gets_what_comes(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    await told.until(Answered())
    other = Told(table)
    leg.own(other.events.append)
    await table.press("1")
    await other.until(Key("1"))
    assert told.events == [Answered()]
    await table.caller_hangs_up()


async def a_dialled_phone_rings_and_answers(table: Table) -> None:
    leg, told = await dialled(table, "answer")
    assert (leg.id, leg.channel) == ("c1.l2", "c1.l2")
    assert told.events == []
    await told.until(Ringing(), Answered())
    await table.agent_hangs_up()
    await told.until(Ringing(), Answered(), Ended(Cause.NORMAL, By.AGENT))


async def a_dialled_phone_rejects(table: Table) -> None:
    _, told = await dialled(table, "reject")
    await told.until(Ringing(), Ended(Cause.BUSY, By.AGENT))


async def a_dialled_phone_never_answers(table: Table) -> None:
    _, told = await dialled(table, "nothing", time_out=1.0)
    await told.until(Ringing(), Ended(Cause.NO_ANSWER, By.AGENT))


async def a_dialled_phone_is_given_up(table: Table) -> None:
    leg, told = await dialled(table, "nothing")
    await told.until(Ringing())
    leg.send(HangUp())
    await told.until(Ringing(), Ended(Cause.NORMAL, By.SERVER))


async def joined_legs_are_told_and_their_prompts_stop(table: Table) -> None:
    leg, told = await arrived(table)
    other, others = await dialled(table, "answer")
    leg.send(Answer())
    leg.send(Play("p1", (table.long,)))
    await told.until(Answered())
    await others.until(Ringing(), Answered())
    table.switch.join("c1.b1", [leg, other])
    await told.until(Answered(), PlayEnded("p1", PromptEnd.STOPPED), Joined("c1.b1"))
    await others.until(Ringing(), Answered(), Joined("c1.b1"))
    table.switch.part("c1.b1")
    table.switch.part("c1.b1")
    leg.send(Play("p2", (table.short,)))
    await table.until(lambda: told.events[-1] == PlayEnded("p2", PromptEnd.FINISHED))
    await table.caller_hangs_up()
    await table.agent_hangs_up()
    await table.until(lambda: isinstance(others.events[-1], Ended))


async def _ended(table: Table, told: Told, ended: Ended) -> None:
    """Wait for a dialled leg's end; whether its ringing is told is each driver's."""
    await table.until(lambda: ended in told.events)
    assert [one for one in told.events if not isinstance(one, Ringing)][-1] == ended


async def a_phone_dialled_for_a_caller_is_played_to_and_joined_with_them(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(StartMusic())
    await told.until(Answered())
    other, others = await dialled(table, "answer", partner=leg)
    await table.until(lambda: Answered() in others.events)
    other.send(Play("w", (table.short,)))
    await table.until(lambda: others.events[-1] == PlayEnded("w", PromptEnd.FINISHED))
    leg.send(StopMusic())
    leg.send(Play("p1", (table.long,)))
    table.switch.join("c1.b1", [leg, other])
    await table.until(lambda: Joined("c1.b1") in told.events and Joined("c1.b1") in others.events)
    assert told.events == [Answered(), PlayEnded("p1", PromptEnd.STOPPED), Joined("c1.b1")]
    await table.agent_hangs_up()
    await _ended(table, others, Ended(Cause.NORMAL, By.AGENT))
    table.switch.part("c1.b1")
    leg.send(Play("p2", (table.short,)))
    await table.until(lambda: told.events[-1] == PlayEnded("p2", PromptEnd.FINISHED))
    await table.caller_hangs_up()
    await table.until(lambda: isinstance(told.events[-1], Ended))


async def a_phone_dialled_for_a_caller_rejects(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    await told.until(Answered())
    _, others = await dialled(table, "reject", partner=leg)
    await _ended(table, others, Ended(Cause.BUSY, By.AGENT))
    leg.send(Play("p1", (table.short,)))
    await told.until(Answered(), PlayEnded("p1", PromptEnd.FINISHED))
    await table.caller_hangs_up()


async def a_phone_dialled_for_a_caller_never_answers(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    await told.until(Answered())
    _, others = await dialled(table, "nothing", time_out=1.0, partner=leg)
    await _ended(table, others, Ended(Cause.NO_ANSWER, By.AGENT))
    await table.caller_hangs_up()


async def a_phone_dialled_for_a_caller_is_hung_up_before_they_are_joined(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    await told.until(Answered())
    other, others = await dialled(table, "answer", partner=leg)
    await table.until(lambda: Answered() in others.events)
    other.send(HangUp())
    await _ended(table, others, Ended(Cause.NORMAL, By.SERVER))
    await table.press("4")
    await told.until(Answered(), Key("4"))
    await table.caller_hangs_up()


async def a_caller_hangs_up_while_a_phone_rings_for_them(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    await told.until(Answered())
    other, others = await dialled(table, "nothing", partner=leg)
    await table.rings()
    await table.caller_hangs_up()
    await told.until(Answered(), Ended(Cause.NORMAL, By.CALLER))
    other.send(HangUp())
    await _ended(table, others, Ended(Cause.NORMAL, By.SERVER))


async def a_caller_hangs_up_while_the_phone_dialled_for_them_is_played_to(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    await told.until(Answered())
    other, others = await dialled(table, "answer", partner=leg)
    await table.until(lambda: Answered() in others.events)
    other.send(Play("w", (table.long,)))
    await table.caller_hangs_up()
    await told.until(Answered(), Ended(Cause.NORMAL, By.CALLER))
    other.send(HangUp())
    await _ended(table, others, Ended(Cause.NORMAL, By.SERVER))


async def a_caller_hangs_up_while_talking(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    await told.until(Answered())
    other, others = await dialled(table, "answer", partner=leg)
    await table.until(lambda: Answered() in others.events)
    table.switch.join("c1.b1", [leg, other])
    await table.until(lambda: Joined("c1.b1") in told.events and Joined("c1.b1") in others.events)
    await table.caller_hangs_up()
    await told.until(Answered(), Joined("c1.b1"), Ended(Cause.NORMAL, By.CALLER))
    other.send(HangUp())
    await _ended(table, others, Ended(Cause.NORMAL, By.SERVER))


async def fetched(table: Table, recording: str) -> Fetched:
    """Fetch a recording and erase it."""
    got: list[Fetched] = []
    table.switch.fetch_recording(recording, got.append)
    assert got == []
    await table.until(lambda: got)
    table.switch.erase_recording(recording)
    return got[0]


def is_wav(audio: Fetched) -> bool:
    return isinstance(audio, bytes) and audio.startswith(b"RIFF")


async def a_message_is_recorded_until_a_key_and_can_be_fetched_and_erased(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Record("c1.s1", 20.0, 10.0, "#"))
    leg.send(Play("p1", (table.short,)))
    await told.until(Answered())
    await table.say()
    await table.press("#")
    await table.until(lambda: told.events[-1] == PlayEnded("p1", PromptEnd.FINISHED))
    assert [one for one in told.events if one != Key("#")] == [
        Answered(), Recorded("c1.s1"), PlayEnded("p1", PromptEnd.FINISHED)
    ]  # fmt: skip
    assert is_wav(await fetched(table, "c1.s1"))
    for _ in range(50):  # erasing and fetching go by ways of their own: one may overtake the other
        if await fetched(table, "c1.s1") is Unfetched.GONE:
            break
    else:
        raise AssertionError("the recording is still there")
    await table.caller_hangs_up()


async def a_message_ends_with_silence(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Record("c1.s1", 20.0, 1.0))
    await told.until(Answered(), Recorded("c1.s1"))
    assert is_wav(await fetched(table, "c1.s1"))
    await table.caller_hangs_up()


async def a_recording_can_be_stopped_and_keeps_what_was_said(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Record("c1.s1", 20.0, 10.0))
    leg.send(Record("c1.s2", 20.0, 10.0))
    await told.until(Answered())
    await table.say()
    leg.send(StopRecord("c1.s2"))
    leg.send(StopRecord("c1.s1"))
    leg.send(StopRecord("never sent"))
    await table.until(lambda: len(told.events) == 3)
    assert Recorded("c1.s1") in told.events
    assert is_wav(await fetched(table, "c1.s1"))
    assert await fetched(table, "c1.s2") is Unfetched.GONE
    await table.caller_hangs_up()


async def hanging_up_ends_a_recording_first_and_keeps_what_was_said(table: Table) -> None:
    leg, told = await arrived(table)
    leg.send(Answer())
    leg.send(Record("c1.s1", 20.0, 10.0))
    await told.until(Answered())
    await table.say()
    await table.caller_hangs_up()
    await told.until(Answered(), Recorded("c1.s1"), Ended(Cause.NORMAL, By.CALLER))
    assert is_wav(await fetched(table, "c1.s1"))


async def a_phones_own_calls_are_told_and_ours_are_not(table: Table) -> None:
    endpoint = await table.script("answer")
    seen: list[tuple[str, Device]] = []
    table.switch.watch_devices([endpoint], lambda *news: seen.append(news))
    await table.until(lambda: seen)
    leg, told = await dialled(table, "answer")
    await told.until(Ringing(), Answered())
    leg.send(HangUp())
    await table.until(lambda: isinstance(told.events[-1], Ended))
    await table.own_call()
    await table.until(lambda: len(seen) > 1)
    await table.agent_hangs_up()
    await table.until(lambda: len(seen) > 2)
    assert seen == [(endpoint, device) for device in (Device.IDLE, Device.BUSY, Device.IDLE)]


async def a_hold_of_the_agents_phone_is_told(table: Table) -> None:
    leg, told = await arrived(table)
    other, others = await dialled(table, "answer")
    leg.send(Answer())
    await told.until(Answered())
    await others.until(Ringing(), Answered())
    table.switch.join("c1.b1", [leg, other])
    await others.until(Ringing(), Answered(), Joined("c1.b1"))
    await table.agent_holds(True)
    await others.until(Ringing(), Answered(), Joined("c1.b1"), Held())
    await table.agent_holds(False)
    await others.until(Ringing(), Answered(), Joined("c1.b1"), Held(), Resumed())
    await table.caller_hangs_up()
    await table.until(lambda: isinstance(told.events[-1], Ended))
    other.send(HangUp())
    await table.until(lambda: isinstance(others.events[-1], Ended))


async def a_conversation_that_the_agents_phone_sends_on_goes_on_in_the_same_bridge(table: Table) -> None:
    leg, told = await arrived(table)
    other, others = await dialled(table, "answer")
    leg.send(Answer())
    await told.until(Answered())
    await others.until(Ringing(), Answered())
    table.switch.join("c1.b1", [leg, other])
    await others.until(Ringing(), Answered(), Joined("c1.b1"))
    await told.until(Answered(), Joined("c1.b1"))  # else there is nobody to be sent on yet
    await table.agent_sends_on()
    await table.until(lambda: SentOn() in others.events)
    assert told.events == [Answered(), Joined("c1.b1")]
    await table.caller_hangs_up()
    await table.until(lambda: isinstance(told.events[-1], Ended))
    assert others.events[-1] == SentOn()
    other.send(HangUp())
    await table.until(lambda: isinstance(others.events[-1], Ended))


Case = Callable[[Table], Awaitable[None]]
Can = Capability

NEEDS: dict[Case, frozenset[Capability]] = {
    a_dialled_phone_rings_and_answers: frozenset({Can.DIAL_ALONE}),
    a_dialled_phone_rejects: frozenset({Can.DIAL_ALONE}),
    a_dialled_phone_never_answers: frozenset({Can.DIAL_ALONE}),
    a_dialled_phone_is_given_up: frozenset({Can.DIAL_ALONE, Can.WITHDRAW}),
    a_message_is_recorded_until_a_key_and_can_be_fetched_and_erased: frozenset({Can.RECORD}),
    a_message_ends_with_silence: frozenset({Can.RECORD}),
    a_recording_can_be_stopped_and_keeps_what_was_said: frozenset({Can.RECORD, Can.STOP_RECORD}),
    hanging_up_ends_a_recording_first_and_keeps_what_was_said: frozenset({Can.RECORD}),
    a_phones_own_calls_are_told_and_ours_are_not: frozenset({Can.DIAL_ALONE, Can.DEVICES}),
    a_hold_of_the_agents_phone_is_told: frozenset({Can.DIAL_ALONE, Can.BRIDGE, Can.DEVICES}),
    a_conversation_that_the_agents_phone_sends_on_goes_on_in_the_same_bridge: frozenset(
        {Can.DIAL_ALONE, Can.BRIDGE, Can.DEVICES}
    ),
    a_phone_dialled_for_a_caller_is_played_to_and_joined_with_them: frozenset({Can.DIAL, Can.BRIDGE}),
    a_phone_dialled_for_a_caller_rejects: frozenset({Can.DIAL}),
    a_phone_dialled_for_a_caller_never_answers: frozenset({Can.DIAL}),
    a_phone_dialled_for_a_caller_is_hung_up_before_they_are_joined: frozenset({Can.DIAL}),
    a_caller_hangs_up_while_a_phone_rings_for_them: frozenset({Can.DIAL}),
    a_caller_hangs_up_while_the_phone_dialled_for_them_is_played_to: frozenset({Can.DIAL}),
    a_caller_hangs_up_while_talking: frozenset({Can.DIAL, Can.BRIDGE}),
    joined_legs_are_told_and_their_prompts_stop: frozenset({Can.DIAL_ALONE, Can.BRIDGE, Can.PART}),
}
"""What a case needs beside `PLAY`, `KEYS`, `EARLY_MEDIA` and `MUSIC`, which every driver has."""

CASES: tuple[Case, ...] = (
    an_arrival_carries_its_number_and_what_can_be_done_with_it,
    commands_are_done_in_order,
    an_answer_to_a_leg_that_is_up_is_told_again,
    a_prompt_before_the_answer_is_played_to_its_end_first,
    stopping_a_playback_overtakes_and_the_next_begins,
    a_waiting_playback_can_be_stopped,
    a_missing_recording_fails_and_the_next_is_played,
    hanging_up_overtakes_and_ends_every_playback_first,
    the_caller_presses_keys_and_hangs_up,
    a_new_owner_gets_what_comes,
    a_caller_is_let_go_on_in_asterisks_dialplan,
    a_dialled_phone_rings_and_answers,
    a_dialled_phone_rejects,
    a_dialled_phone_never_answers,
    a_dialled_phone_is_given_up,
    a_message_is_recorded_until_a_key_and_can_be_fetched_and_erased,
    a_message_ends_with_silence,
    a_recording_can_be_stopped_and_keeps_what_was_said,
    hanging_up_ends_a_recording_first_and_keeps_what_was_said,
    a_phones_own_calls_are_told_and_ours_are_not,
    a_hold_of_the_agents_phone_is_told,
    a_conversation_that_the_agents_phone_sends_on_goes_on_in_the_same_bridge,
    a_phone_dialled_for_a_caller_is_played_to_and_joined_with_them,
    a_phone_dialled_for_a_caller_rejects,
    a_phone_dialled_for_a_caller_never_answers,
    a_phone_dialled_for_a_caller_is_hung_up_before_they_are_joined,
    a_caller_hangs_up_while_a_phone_rings_for_them,
    a_caller_hangs_up_while_the_phone_dialled_for_them_is_played_to,
    a_caller_hangs_up_while_talking,
    joined_legs_are_told_and_their_prompts_stop,
)


def cases_for(can: frozenset[Capability]) -> tuple[Case, ...]:
    """Give the cases for a driver that can this; the others promise what it does not."""
    return tuple(case for case in CASES if NEEDS.get(case, frozenset()) <= can)
