"""The lab's callers and agents: what they do, what they hear, and what they tell of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ivrcore.lab import audio, hearing, voices
from ivrcore.lab.load import Key, Load, Pause, speech
from ivrcore.lab.packages import LabError
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phones import (
    Agent,
    Answers,
    HangUp,
    Ignores,
    Keys,
    Listen,
    Phones,
    Rejects,
    Result,
    Say,
    Stay,
    Wait,
)

pytestmark = pytest.mark.asterisk
CALLER_TONE, AGENT_TONE = 900.0, 600.0


@pytest.fixture
def caller_tone(tmp_path: Path) -> Path:
    return audio.write_wav(tmp_path / "caller-tone.wav", audio.tone(CALLER_TONE, 0.8))


@pytest.fixture
def agent_tone(tmp_path: Path) -> Path:
    return audio.write_wav(tmp_path / "agent-tone.wav", audio.tone(AGENT_TONE, 0.8))


def finished(phones: Phones, agent: Agent) -> None:
    """Wait until an agent's last call is over on its phone too."""
    phones.wait(lambda: bool(agent.calls) and not agent.live, 60, f"{agent.name}'s calls over")


def heard(result: Result) -> audio.Samples:
    """What the caller heard."""
    return audio.read_wav(result.heard)


def test_a_caller_hears_an_echo_of_what_was_said(phones: Phones) -> None:
    words = voices.speak("please give me an operator")
    result = phones.call("9001", [Say(words), Wait(0.2), HangUp()]).result()
    assert (result.status, result.ended_by) == (200, "caller")
    match = hearing.heard(audio.read_wav(words), heard(result))
    assert match.score > 0.9
    began = result.when("say begins") - result.heard_from
    assert abs(match.offset - began) < 0.5  # a loaded machine may hold either side up


def test_a_caller_waits_for_the_prompts_end(phones: Phones) -> None:
    result = phones.call("9002", [Listen(sound=0.3, silence=0.3), Stay(10)]).result()
    assert hearing.heard(audio.read_wav(voices.recorded("hello-world")), heard(result)).score > 0.9
    assert result.ended_by == "far"
    assert result.cause == 16


def test_keys_reach_asterisk(pbx: Pbx, phones: Phones) -> None:
    script = [Listen(sound=0.05, silence=0.1), Keys("12#4"), Stay(15)]
    result = phones.call("9004", script).result()
    assert pbx.variable("LAB_KEYS") == "12"  # Read() ends at the hash key
    assert hearing.heard(audio.read_wav(voices.recorded("digits/2")), heard(result)).score > 0.8


def test_refusals_are_told_with_their_cause(phones: Phones) -> None:
    busy, unknown = phones.call("9007"), phones.call("no-such-number")
    assert (busy.result().status, busy.result().cause, busy.result().ended_by) == (486, 17, "refused")
    assert unknown.result().status == 404


def test_caller_and_agent_hear_each_other(phones: Phones, caller_tone: Path, agent_tone: Path) -> None:
    (agent,) = phones.add_agents({"agent1": Answers(after=0.1)}, say=agent_tone)
    call = phones.call("9101", [Say(caller_tone), Wait(0.3), HangUp()], caller_id="4711", caller_name="Kim")
    result = call.result()
    finished(phones, agent)
    assert hearing.contains_tone(heard(result), AGENT_TONE)
    assert not hearing.contains_tone(heard(result), CALLER_TONE)
    theirs = agent.calls[0]
    assert theirs.heard is not None
    assert hearing.contains_tone(audio.read_wav(theirs.heard), CALLER_TONE)
    assert '"Kim" <sip:4711@' in theirs.invite.get("from")
    assert "4711" in theirs.invite.get("p-asserted-identity")
    assert theirs.ended_by == "far"
    assert theirs.answered_at is not None
    assert theirs.answered_at - theirs.invited_at >= 0.1


def test_agents_do_as_they_were_told_call_after_call(phones: Phones) -> None:
    told = [Rejects(), Answers(after=0.0, talk=0.5), Ignores()]
    agent, never = phones.add_agents({"agent1": told, "agent2": Ignores()})
    assert phones.call("9101").result().status == 486
    answered = phones.call("9101", [Stay(10)]).result()
    assert answered.ended_by == "far"
    assert answered.answered_at is not None
    assert 0.3 < answered.ended_at - answered.answered_at < 1.5
    for number in ("9101", "9102"):
        call = phones.call(number)
        call.wait_for("ringing")
        call.hang_up()
        assert (call.result().status, call.result().ended_by) == (487, "caller")
    finished(phones, agent)
    finished(phones, never)
    assert [call.ended_by for call in agent.calls] == ["refused", "agent", "cancelled"]
    assert (agent.invited, agent.answered) == (3, 1)
    assert (never.invited, never.answered) == (1, 0)


def test_agents_can_be_told_anew(phones: Phones) -> None:
    (agent,) = phones.add_agents({"agent3": Rejects(480)})
    assert phones.call("9103").result().status == 480
    finished(phones, agent)
    phones.behave({"agent3": Answers()})
    assert phones.call("9103", [Wait(0.1), HangUp()]).result().status == 200
    finished(phones, agent)
    assert (agent.invited, agent.answered) == (2, 1)


def test_a_script_can_grow_while_the_call_is_on(phones: Phones, caller_tone: Path) -> None:
    call = phones.call("9001")
    call.wait_for("answered")
    call.do(Say(caller_tone), Wait(0.1), HangUp())
    assert hearing.contains_tone(heard(call.result()), CALLER_TONE)


def test_a_call_ends_at_its_deadline(phones: Phones) -> None:
    result = phones.call("9006", deadline=0.5).result()
    assert result.ended_by == "deadline"
    assert 0.4 < result.ended_at - result.heard_from < 2


def test_waiting_in_vain_is_an_error(phones: Phones) -> None:
    call = phones.call("9006", deadline=1.0)
    with pytest.raises(LabError, match="ringing"):
        call.wait_for("ringing", timeout=0.2)
    call.hang_up()
    call.result()


def test_a_caller_of_nobody_gets_music(phones: Phones) -> None:
    result = phones.call("9005", [Wait(1.0), HangUp()]).result()
    assert hearing.contains_tone(heard(result), 523.25, level=0.02)


def test_registered_agents_are_rung_at_their_own_ports(
    pbx_factory: Callable[..., Pbx], tmp_path: Path, agent_tone: Path
) -> None:
    instance = pbx_factory(agents=2, registering=True)
    with Phones(instance, tmp_path / "calls") as phones:
        phones.add_agents({"agent1": Answers(0.0)}, say=agent_tone)
        phones.add_agents({"agent2": Rejects()})
        result = phones.call("9101", [Wait(0.8), HangUp()]).result()
        assert hearing.contains_tone(heard(result), AGENT_TONE)
        assert phones.call("9102").result().status == 486


def test_load_callers_speak_and_press_keys(pbx: Pbx, tmp_path: Path) -> None:
    keys = [step for digit in "57#" for step in (Key(digit), Pause(0.25))]
    steps = [speech(voices.recorded("digits/1"), tmp_path), *keys, Pause(10)]
    result = Load(pbx, "9004", calls=3, rate=20, steps=steps).run(30)
    assert (result.made, result.ok, result.failed) == (3, 3, 0)
    assert pbx.variable("LAB_KEYS") == "57"
    assert pbx.idle()


def test_load_counts_refused_calls_as_failed(pbx: Pbx) -> None:
    with Load(pbx, "9007", calls=3, rate=50) as load:
        result = load.wait()
        assert (result.ok, result.failed) == (0, 3)
        assert "486" in load.errors
