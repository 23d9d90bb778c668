"""However badly Asterisk answers: a leg that is to end ends, a prompt is asked to stop again."""

from __future__ import annotations

import pytest

from ivrcore.errors import RequestTimeout
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Dial,
    Ended,
    Failed,
    HangUp,
    LegEvent,
    Play,
    PlayEnded,
    StopPlay,
)
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import SILENCE
from tests.unit.telephony.ari.test_lost_answers import CHANNEL, NOT_FOUND, PLAY, STILL, in_turn, table

pytestmark = pytest.mark.usefixtures("no_leaks")

CREATE, EXISTS, DELETE = "POST channels/create", "GET channels/ag-1", "DELETE channels/ag-1"
STOP = "DELETE playbacks/p1"
WITHDRAWN = Ended(Cause.NORMAL, By.SERVER)


@pytest.mark.parametrize("status", [400, 403, 404, 422, 500, 503])
@asyncio_test
async def test_given_a_dial_that_is_refused_while_it_is_withdrawn_then_it_ends(status: int) -> None:
    async with table() as it:
        events: list[LegEvent] = []
        it.asterisk.answers[CREATE] = SILENCE
        leg = it.switch.dial(Dial("c1.l2", "ag-1", "PJSIP/a"), events.append)
        await until(lambda: it.asterisk.times(CREATE))
        leg.send(HangUp(Cause.NORMAL))
        await it.asterisk.respond(str(len(it.asterisk.asked)), status, "{}")
        await until(lambda: events)
        assert events == [WITHDRAWN]
        assert it.switch.owned() == frozenset()


@asyncio_test
async def test_given_a_dial_without_an_answer_while_it_is_withdrawn_then_it_is_deleted_and_ends() -> None:
    async with table(request_seconds=0.1) as it:
        events: list[LegEvent] = []
        it.asterisk.answers |= {CREATE: SILENCE, EXISTS: SILENCE, DELETE: NOT_FOUND}
        leg = it.switch.dial(Dial("c1.l2", "ag-1", "PJSIP/a"), events.append)
        await until(lambda: it.asterisk.times(CREATE))
        leg.send(HangUp(Cause.NORMAL))
        await until(lambda: events)
        assert events == [WITHDRAWN]
        assert it.asterisk.times(DELETE) == 1


@asyncio_test
async def test_given_a_dial_withdrawn_before_it_was_sent_then_no_channel_is_made() -> None:
    async with table() as it:
        events: list[LegEvent] = []
        await it.asterisk.vanish()
        await until(lambda: not it.switch.connected)
        leg = it.switch.dial(Dial("c1.l2", "ag-1", "PJSIP/a"), events.append)
        leg.send(HangUp(Cause.NORMAL))
        await it.asterisk.listen()
        await until(lambda: events)
        assert events == [WITHDRAWN]
        assert it.asterisk.times(CREATE) == 0


@pytest.mark.slow
@pytest.mark.parametrize("exists", [SILENCE, NOT_FOUND])
@asyncio_test
async def test_given_a_channel_that_may_exist_then_it_stays_ours_until_asterisk_has_none(
    exists: tuple[int, str],
) -> None:
    async with table(request_seconds=0.1) as it:
        events: list[LegEvent] = []
        it.asterisk.answers |= {CREATE: SILENCE, EXISTS: exists, DELETE: in_turn(SILENCE, SILENCE, NOT_FOUND)}
        it.switch.dial(Dial("c1.l2", "ag-1", "PJSIP/a"), events.append)
        await until(lambda: it.asterisk.times(DELETE))
        assert events == [Failed(None, RequestTimeout.code)]
        assert it.switch.owned() == {"ag-1"}
        await until(lambda: len(events) == 2)
        assert events[1] == Ended(Cause.TEMPORARY_FAILURE, By.SERVER)
        assert it.asterisk.times(DELETE) == 3
        assert it.switch.owned() == frozenset()


@asyncio_test
async def test_given_a_channel_that_never_goes_then_its_end_is_told_and_asterisk_goes_on_being_asked(
    no_leaks: list[str],
) -> None:
    async with table(request_seconds=0.05) as it:
        leg = await it.caller()
        it.asterisk.answers["DELETE channels/ch-1"] = SILENCE
        leg.send(HangUp(Cause.BUSY))
        await until(lambda: it.events)
        assert it.events == [Ended(Cause.BUSY, By.SERVER)]
        assert "does not end" in no_leaks.pop()
        assert it.switch.owned() == {"ch-1"}
        it.asterisk.answers["DELETE channels/ch-1"] = (204, "")
        await until(lambda: not it.switch.owned())


@asyncio_test
async def test_given_a_stop_without_an_answer_then_it_is_asked_whether_it_plays_and_stopped_again() -> None:
    async with table(request_seconds=0.1) as it:
        leg = await it.caller()
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.asterisk.times(PLAY))
        it.asterisk.answers[STOP] = in_turn(SILENCE, (204, ""))
        leg.send(StopPlay("p1"))
        await until(lambda: it.asterisk.times(STOP) == 2)
        await it.asterisk.tell(
            "PlaybackFinished", playback={"id": "p1", "state": "done", "target_uri": "channel:ch-1"}
        )
        await until(lambda: it.events)
        assert it.events == [PlayEnded("p1", PromptEnd.STOPPED)]
        assert it.asterisk.times(STILL) == 1


@asyncio_test
async def test_given_a_stop_whose_answer_got_lost_then_a_playback_that_is_over_is_not_stopped_again() -> None:
    async with table(request_seconds=0.1) as it:
        leg = await it.caller()
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.asterisk.times(PLAY))
        it.asterisk.answers |= {STOP: SILENCE, STILL: NOT_FOUND}
        leg.send(StopPlay("p1"))
        await until(lambda: it.events)
        assert it.events == [PlayEnded("p1", PromptEnd.STOPPED, inferred=True)]
        assert it.asterisk.times(STOP) == 1


@asyncio_test
async def test_given_a_playback_that_does_not_stop_then_it_is_said_and_a_later_stop_is_heard(
    no_leaks: list[str],
) -> None:
    async with table(request_seconds=0.05) as it:
        leg = await it.caller()
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.asterisk.times(PLAY))
        it.asterisk.answers[STOP] = SILENCE
        leg.send(StopPlay("p1"))
        await until(lambda: no_leaks)
        assert "does not stop" in no_leaks.pop()
        assert it.events == []
        it.asterisk.answers[STOP] = (204, "")
        leg.send(StopPlay("p1"))
        await until(lambda: it.events)
        assert it.events == [PlayEnded("p1", PromptEnd.STOPPED, inferred=True)]


@asyncio_test
async def test_given_a_caller_who_is_up_on_arrival_then_an_answer_is_told() -> None:
    async with table() as it:
        leg = await it.caller("Up")
        leg.send(Answer())
        await until(lambda: it.events)
        assert it.events == [Answered()]


@pytest.mark.parametrize(
    ("told", "state", "cause"),
    [
        ({"cause": 127, "tech_cause": 487}, "Ring", Cause.NORMAL),
        ({"cause": 127}, "Ring", Cause.NORMAL),
        ({"cause": 127, "tech_cause": 500}, "Ring", Cause.INTERWORKING),
        ({"cause": 127}, "Up", Cause.INTERWORKING),
        ({"cause": 41}, "Ring", Cause.TEMPORARY_FAILURE),
    ],
)
@asyncio_test
async def test_a_caller_who_takes_the_call_back_ended_normally_also_where_no_sip_status_is_told(
    told: dict[str, int], state: str, cause: Cause
) -> None:
    async with table() as it:
        await it.caller(state)
        await it.asterisk.tell("ChannelHangupRequest", channel=CHANNEL, **told)
        await it.asterisk.tell("StasisEnd", channel=CHANNEL)
        await until(lambda: it.events)
        assert it.events == [Ended(cause, By.CALLER)]
