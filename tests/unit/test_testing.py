"""The doubles that scenarios are written against behave as scripted."""

from twisted.internet.task import Clock

from ivrcore.errors import LinkLost
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Arrival,
    Dial,
    Ended,
    Failed,
    HangUp,
    Joined,
    Key,
    Leg,
    LegEvent,
    Play,
    PlayEnded,
    Ringing,
    StartMusic,
    StopPlay,
    Switch,
)
from ivrcore.testing import FakeLeg, FakeSwitch, Phone


def made() -> tuple[Clock, FakeSwitch]:
    clock = Clock()
    return clock, FakeSwitch(clock)


def called(switch: FakeSwitch) -> tuple[FakeLeg, list[LegEvent]]:
    events: list[LegEvent] = []
    leg = switch.call("100")
    leg.own(events.append)
    return leg, events


def test_they_are_a_switch_and_a_leg() -> None:
    _, fake = made()
    switch: Switch = fake
    leg: Leg = fake.call("100")
    assert switch.connected
    assert leg.id == "c1.l1"


def test_a_call_arrives_with_its_number() -> None:
    arrivals: list[Arrival] = []
    switch = FakeSwitch(Clock(), on_arrival=arrivals.append)
    switch.call("100", caller_number="200", contact="c9")
    assert [(one.contact, one.number, one.caller_number) for one in arrivals] == [("c9", "100", "200")]


def test_commands_are_done_in_order_and_only_when_the_clock_moves() -> None:
    clock, switch = made()
    leg, events = called(switch)
    leg.send(Answer())
    leg.send(Play("p1", ("sound:a", "sound:b")))
    leg.send(StartMusic("jazz"))
    assert events == []
    clock.advance(0)
    assert events == [Answered()]
    clock.advance(1.9)
    assert leg.music != "jazz"
    clock.advance(0.2)
    assert events[1:] == [PlayEnded("p1", PromptEnd.FINISHED)]
    assert leg.music == "jazz"
    assert leg.commands == [Answer(), Play("p1", ("sound:a", "sound:b")), StartMusic("jazz")]


def test_stopping_a_playback_overtakes_and_the_next_one_begins() -> None:
    clock, switch = made()
    leg, events = called(switch)
    leg.send(Play("p1", ("sound:a",)))
    leg.send(Play("p2", ("sound:b",)))
    clock.advance(0.5)
    leg.send(StopPlay("p1"))
    clock.advance(0)
    assert events == [PlayEnded("p1", PromptEnd.STOPPED)]
    clock.advance(1)
    assert events[1:] == [PlayEnded("p2", PromptEnd.FINISHED)]


def test_a_missing_recording_fails() -> None:
    clock, switch = made()
    switch.missing.add("sound:gone")
    leg, events = called(switch)
    leg.send(Play("p1", ("sound:gone",)))
    clock.advance(0)
    assert events == [PlayEnded("p1", PromptEnd.FAILED)]


def test_hanging_up_ends_the_playback_first_and_then_the_leg() -> None:
    clock, switch = made()
    leg, events = called(switch)
    leg.send(Play("p1", ("sound:a",)))
    clock.advance(0.1)
    leg.send(HangUp(Cause.BUSY))
    clock.advance(0)
    assert events == [PlayEnded("p1", PromptEnd.STOPPED), Ended(Cause.BUSY, By.SERVER)]
    leg.send(Answer())
    clock.advance(1)
    assert len(events) == 2
    assert switch.legs == {}


def test_the_caller_presses_keys_and_hangs_up() -> None:
    clock, switch = made()
    leg, events = called(switch)
    leg.press("1#")
    leg.hang_up()
    clock.advance(0)
    assert events == [Key("1"), Key("#"), Ended(Cause.NORMAL, By.CALLER)]


def test_phones_answer_reject_and_never_answer() -> None:
    clock, switch = made()
    switch.phones["PJSIP/a"] = Phone(answers_after=2, hangs_up_after=5)
    switch.phones["PJSIP/b"] = Phone(rejects_after=1, cause=Cause.BUSY)
    told: dict[str, list[LegEvent]] = {"a": [], "b": [], "c": []}
    for name, events in told.items():
        switch.dial(Dial(f"c1.{name}", f"ch-{name}", f"PJSIP/{name}", time_out=10), events.append)
    clock.advance(0)
    assert told["a"] == [Ringing()]
    clock.pump([1, 1, 5, 3])
    assert told["a"][1:] == [Answered(), Ended(Cause.NORMAL, By.AGENT)]
    assert told["b"][1:] == [Ended(Cause.BUSY, By.AGENT)]
    assert told["c"][1:] == [Ended(Cause.NO_ANSWER, By.AGENT)]


def test_joined_legs_are_in_the_bridge_until_parted() -> None:
    clock, switch = made()
    caller, heard = called(switch)
    agent = switch.call("101")
    caller.send(StartMusic())
    clock.advance(0)
    switch.join("b1", [caller, agent])
    clock.advance(0)
    assert heard == [Joined("b1")]
    assert caller.music is None
    assert switch.bridges == {"b1": [caller, agent]}
    switch.part("b1")
    assert switch.bridges == {}
    assert not caller.ended


def test_a_join_can_fail() -> None:
    clock, switch = made()
    caller, heard = called(switch)
    switch.joins_fail = True
    switch.join("b1", [caller])
    clock.advance(0)
    assert heard == [Failed(None, "IVR303", 500)]


def test_a_refused_command_fails_once() -> None:
    clock, switch = made()
    leg, events = called(switch)
    switch.refuse[leg.id, Answer] = ("IVR302", 0)
    leg.send(Answer())
    leg.send(Answer())
    clock.advance(0)
    assert events == [Failed(Answer(), "IVR302"), Answered()]


def test_what_happens_while_the_link_is_away_is_told_afterwards() -> None:
    clock, switch = made()
    leg, events = called(switch)
    other, others = called(switch)
    leg.send(Play("p1", ("sound:a",)))
    clock.advance(0)
    switch.go_away()
    assert not switch.connected
    leg.send(Answer())
    leg.press("1")
    other.hang_up()
    clock.advance(5)
    assert (events, others) == ([], [])
    switch.come_back()
    clock.advance(0)
    assert events == [PlayEnded("p1", PromptEnd.FINISHED, inferred=True), Answered()]
    assert others == [Ended(Cause.NORMAL, By.CALLER, since=0)]


def test_a_hang_up_while_the_link_is_away_is_kept() -> None:
    clock, switch = made()
    leg, events = called(switch)
    switch.go_away()
    leg.send(HangUp())
    clock.advance(1)
    assert events == []
    switch.come_back()
    clock.advance(0)
    assert events == [Ended(Cause.NORMAL, By.SERVER)]


class Ear:
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.heard = b""
        self.lost: list[str] = []

    def audio(self, pcm: bytes) -> None:
        self.heard += pcm

    def audio_lost(self, code: str) -> None:
        self.lost.append(code)


def test_a_sink_hears_the_far_side_until_closed_or_lost() -> None:
    clock, switch = made()
    leg, _ = called(switch)
    first, second = Ear(), Ear()
    leg.speak(b"before")
    leg.open_audio(first)
    leg.speak(b"one")
    leg.open_audio(second)
    leg.speak(b"two")
    leg.lose_audio()
    leg.speak(b"three")
    assert (first.heard, second.heard, second.lost) == (b"one", b"two", [LinkLost.code])
    switch.audio_fails = True
    leg.open_audio(first)
    clock.advance(0)
    assert first.lost == ["IVR303"]
