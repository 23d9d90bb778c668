"""Who may connect to the AGI server and what becomes of bad ones: a clear error, and nothing else is lost."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ivrcore.errors import TelephonyError
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.model.pbx import pbx_of
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Command,
    Ended,
    HangUp,
    Key,
    Play,
    PlayEnded,
    Ring,
    StartMusic,
    StopPlay,
)
from tests.support.aio import asyncio_test, until
from tests.unit.telephony.agi.agi_peer import SECRET, serving

pytestmark = pytest.mark.usefixtures("no_leaks")
WAIT = "WAIT FOR DIGIT 60000"
KEYS = '"0123456789*#ABCD"'


@asyncio_test
async def test_keys_are_not_waited_for_where_a_command_follows() -> None:
    async with serving() as server:
        peer, arrival = await server.called()
        leg = arrival.leg

        def told(event: object) -> None:
            if event == PlayEnded("p1", PromptEnd.FINISHED):
                leg.command_follows()
                server.switch.server.call_later(0, lambda: leg.send(Play("p2", ("sound:two",))))

        leg.own(told)
        leg.send(Answer())
        leg.send(Play("p1", ("sound:one",)))
        await peer.expect("ANSWER", "200 result=0")
        await peer.expect(f"STREAM FILE one {KEYS} 0", "200 result=0 endpos=8000")
        await peer.expect(f"STREAM FILE two {KEYS} 0", "200 result=0 endpos=8000")
        assert await peer.told() == WAIT  # nothing more is said to follow


@asyncio_test
async def test_keys_are_waited_for_where_the_command_that_was_to_follow_does_not_come() -> None:
    async with serving() as server:
        peer, arrival = await server.called()
        arrival.leg.send(Play("p1", ("sound:one",)))
        await peer.expect('EXEC Progress ""', "200 result=0")
        arrival.leg.command_follows()
        await peer.expect(f"STREAM FILE one {KEYS} 0", "200 result=0 endpos=8000")
        assert await peer.told() == WAIT


@asyncio_test
async def test_a_call_is_answered_played_to_and_hung_up() -> None:
    async with serving() as server:
        peer, arrival = await server.called(callerid="0212345678", calleridname="Kim")
        assert re.fullmatch(r"c-1\.1-[0-9a-f]{6}", arrival.contact)
        assert arrival.number == "701"
        assert (arrival.caller_number, arrival.caller_name) == ("0212345678", "Kim")
        leg = arrival.leg
        leg.send(Answer())
        leg.send(Play("p1", ("sound:/a b/hello",)))
        await peer.expect("ANSWER", "200 result=0")
        await peer.expect(f'STREAM FILE "/a b/hello" {KEYS} 0', "200 result=0 endpos=8000")
        await peer.expect(WAIT, "200 result=53")
        assert await peer.told() == WAIT
        assert server.events == [Answered(), PlayEnded("p1", PromptEnd.FINISHED), Key("5")]
        leg.send(HangUp(Cause.BUSY))
        await peer.expect("NOOP", "200 result=1", "200 result=0")
        await peer.expect('EXEC Hangup "17"', "200 result=-1")
        await peer.expect("HANGUP", "511 Command Not Permitted on a dead channel")
        await peer.closed()
        assert server.events[3:] == [Ended(Cause.BUSY, By.SERVER)]
        assert server.switch.owned() == frozenset()
        assert server.switch.server.ends == {"hung_up": 1}


@asyncio_test
async def test_a_key_does_not_end_a_prompt_by_itself() -> None:
    async with serving() as server:
        peer, arrival = await server.called()
        arrival.leg.send(Answer())
        arrival.leg.send(Play("p1", ("sound:a", "sound:b")))
        await peer.expect("ANSWER", "200 result=0")
        await peer.expect(f"STREAM FILE a {KEYS} 0", "200 result=53 endpos=4000")
        await peer.expect(f"STREAM FILE a {KEYS} 4000", "200 result=0 endpos=9000")
        assert await peer.told() == f"STREAM FILE b {KEYS} 0"
        assert server.events == [Answered(), Key("5")]
        arrival.leg.send(StopPlay("p1"))
        await peer.expect("NOOP", "200 result=0")
        assert await peer.told() == WAIT
        assert server.events[2:] == [PlayEnded("p1", PromptEnd.STOPPED)]


@asyncio_test
async def test_what_interrupts_is_said_again_where_asterisk_read_it_too_soon() -> None:
    async with serving() as server:
        peer, arrival = await server.called()
        arrival.leg.send(Answer())
        arrival.leg.send(Play("p1", ("sound:a",)))
        await peer.expect("ANSWER", "200 result=0")
        assert await peer.told() == f"STREAM FILE a {KEYS} 0"
        arrival.leg.send(StopPlay("p1"))
        assert await peer.told() == "NOOP"
        assert await peer.told() == "NOOP"
        peer.say(b"200 result=0\n200 result=0\n")
        assert await peer.told() == WAIT
        assert server.events == [Answered(), PlayEnded("p1", PromptEnd.STOPPED)]


@pytest.mark.parametrize(
    "end",
    [b"200 result=-1\nHANGUP\n", b"200 result=-1\n", b"511 dead\n", b"HANGUP\n200 result=-1\n"],
    ids=["told", "AGISIGHUP=no", "dead", "told before"],
)
@asyncio_test
async def test_a_hang_up_is_noticed_while_waiting(end: bytes) -> None:
    async with serving() as server:
        peer, arrival = await server.called()
        arrival.leg.send(Answer())
        await peer.expect("ANSWER", "200 result=0")
        assert await peer.told() == WAIT
        peer.say(end)
        await peer.expect('GET VARIABLE "HANGUPCAUSE"', "200 result=1 (0)")
        await peer.closed()
        assert server.events == [Answered(), Ended(Cause.NORMAL, By.CALLER)]


@asyncio_test
async def test_a_hang_up_is_noticed_before_any_command() -> None:
    async with serving() as server:
        peer, _ = await server.called()
        peer.say(b"HANGUP\n")
        await peer.expect('GET VARIABLE "HANGUPCAUSE"', "200 result=1 (19)")
        await until(lambda: server.events)
        assert server.events == [Ended(Cause.NO_ANSWER, By.CALLER)]


@asyncio_test
async def test_the_end_of_the_connection_is_the_end_of_the_leg() -> None:
    async with serving() as server:
        peer, arrival = await server.called()
        arrival.leg.send(Play("p1", ("sound:a",)))
        arrival.leg.send(Play("p2", ("sound:b",)))
        await peer.expect('EXEC Progress ""', "200 result=0")
        assert await peer.told()
        peer.close()
        await until(lambda: len(server.events) == 3)
        stopped = [PlayEnded(name, PromptEnd.STOPPED) for name in ("p1", "p2")]
        assert server.events == [*stopped, Ended(Cause.NORMAL, By.CALLER)]
        assert server.switch.server.ends == {"hung_up": 1}


@asyncio_test
async def test_the_same_call_handed_over_again_is_another_contact_also_after_a_restart() -> None:
    async with serving() as server:
        first, arrival = await server.called()
        first.close()
        _, again = await server.called()
    async with serving() as next_life:
        _, after = await next_life.called()
    calls = (arrival, again, after)
    assert len({one.contact for one in calls}) == 3
    assert {one.leg.channel for one in calls} == {"1.1"}


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("hotline", "request"),
        ("guess/hotline", "secret"),
        (f"{SECRET}x/hotline", "secret"),
        (f"{SECRET}/nothing", "script"),
    ],
)
@asyncio_test
async def test_who_does_not_know_the_secret_or_a_script_is_turned_away(script: str, why: str) -> None:
    async with serving() as server:
        peer = await server.connect()
        peer.ask(script=script)
        await peer.closed()
        assert dict(server.switch.server.refused) == {why: 1}
        assert server.arrivals == []


@asyncio_test
async def test_who_is_not_on_the_list_is_turned_away() -> None:
    async with serving(allow=("10.0.0.0/8", "192.0.2.7")) as server:
        await (await server.connect()).closed()
        assert dict(server.switch.server.refused) == {"address": 1}


@asyncio_test
async def test_a_call_says_at_which_pbx_it_is_and_of_an_unknown_one_is_turned_away() -> None:
    async with serving(pbxs=("main", "busan")) as server:
        _, there = await server.called(script=f"{SECRET}/hotline?entry=welcome&pbx=busan", uniqueid="1.1")
        _, here = await server.called(uniqueid="1.2")
        assert [pbx_of(one.contact) for one in (there, here)] == ["busan", "main"]
        assert there.contact.startswith("c-busan~1.1-")
        assert dict(there.asked) == {"entry": "welcome"}
        peer = await server.connect()
        peer.ask(script=f"{SECRET}/hotline?pbx=pusan")
        await peer.closed()
        assert dict(server.switch.server.refused) == {"request": 1}


@asyncio_test
async def test_more_sessions_than_there_may_be_are_turned_away() -> None:
    async with serving(sessions=2) as server:
        one, _ = await server.called(uniqueid="1.1")
        await server.called(uniqueid="1.2")
        await (await server.connect()).closed()
        assert dict(server.switch.server.refused) == {"full": 1}
        one.close()
        await until(lambda: len(server.switch.server.connections) == 1)
        await server.called(uniqueid="1.3")


@pytest.mark.parametrize(
    "raw",
    [
        b"x" * 20_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"agi_a: 1\n" * 300,
        b"\n",
        b"\x16\x03\x01\x02\x00\x01\x00\n\n",
    ],
    ids=["long", "http", "lines", "nothing", "tls"],
)
@asyncio_test
async def test_what_is_no_session_is_closed_and_others_go_on(
    raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as server:
        good, arrival = await server.called()
        bad = await server.connect()
        bad.say(raw)
        await bad.closed()
        assert "IVR304" in caplog.text
        assert "Traceback" not in caplog.text
        for _ in range(4):
            again = await server.connect()
            again.say(raw)
            await again.closed()
        assert server.switch.server.refused == {"request": 5}
        assert caplog.text.count("turned a connection away") == 3, "the first, the second and the fourth"
        arrival.leg.send(Answer())
        await good.expect("ANSWER", "200 result=0")
        await until(lambda: server.events == [Answered()])


@asyncio_test
async def test_who_says_nothing_is_closed() -> None:
    async with serving(request_seconds=0.2) as server:
        await (await server.connect()).closed()


@pytest.mark.parametrize(("command", "said"), [(Answer(), "ANSWER"), (Ring(), 'EXEC Ringing ""')])
@asyncio_test
async def test_a_command_that_is_not_answered_ends_the_session(
    command: Command, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(request_seconds=0.2) as server:
        peer, arrival = await server.called()
        arrival.leg.send(command)
        assert await peer.told() == said
        await peer.closed()
        assert server.events == [Ended(Cause.TEMPORARY_FAILURE, By.UNKNOWN)]
        assert "IVR302" in caplog.text
        assert server.switch.server.ends == {"broken": 1}


@asyncio_test
async def test_a_script_with_a_fault_is_counted_and_others_go_on(no_leaks: list[str]) -> None:
    async with serving() as server:
        server.switch.server.scripts["broken"] = lambda _connection, _request: lambda: [][0]
        peer = await server.connect()
        peer.ask(f"{SECRET}/broken")
        await peer.closed()
        assert server.switch.server.ends == {"fault": 1}
        assert "by a fault of ours" in no_leaks.pop()
        await server.called()


@asyncio_test
async def test_calls_go_back_to_the_dialplan_when_the_driver_stops() -> None:
    async with serving() as server:
        peer, arrival = await server.called()
        arrival.leg.send(Answer())
        await peer.expect("ANSWER", "200 result=0")
        assert await peer.told() == WAIT
        going = asyncio.ensure_future(server.switch.send_on())
        await peer.expect("NOOP", "200 result=1", "200 result=0")
        await peer.expect('SET VARIABLE "IVRCORE_RESULT" "stopped"', "200 result=1")
        await peer.closed()
        peer.close()
        assert await going == 1
        arrival.leg.send(HangUp())
        assert server.events == [Answered()]
        assert server.switch.owned() == frozenset()
        assert server.switch.server.ends == {"went_on": 1}


@asyncio_test
async def test_a_dialplan_is_told_to_ask_again_if_others_have_the_calls_also_in_the_middle_of_a_prompt() -> (
    None
):
    async with serving() as server:
        peer, arrival = await server.called()
        arrival.leg.send(Answer())
        arrival.leg.send(Play("p1", ("sound:one", "sound:two")))
        await peer.expect("ANSWER", "200 result=0")
        assert (await peer.told()).startswith("STREAM FILE one")
        arrival.leg.send(StartMusic("default"))
        going = asyncio.ensure_future(server.switch.stop(again=True))
        await peer.expect("NOOP", "200 result=0 endpos=800", "200 result=0")
        await peer.expect('SET VARIABLE "IVRCORE_AGAIN" "1"', "200 result=1")
        await peer.closed()
        peer.close()
        await going
        assert server.events == [Answered()]


@asyncio_test
async def test_who_does_not_listen_to_the_last_word_is_given_back_all_the_same() -> None:
    async with serving() as server:
        peer, _ = await server.called()
        assert await peer.told() == WAIT
        await server.switch.stop()
        while told := await peer.told():
            assert told == "NOOP"


@asyncio_test
async def test_a_port_that_is_taken_is_told() -> None:
    async with serving() as server:
        with pytest.raises(TelephonyError, match=str(server.switch.port)):
            async with serving(port=server.switch.port):
                pass


@asyncio_test
async def test_with_a_certificate_calls_come_over_tls_and_nothing_else(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.create_default_context(cafile=str(certificate))
    async with serving(certificate=certificate, key=key) as server:
        peer = await server.connect(tls=context)
        peer.ask()
        await until(lambda: server.arrivals)
        server.arrivals[0].leg.send(Answer())
        await peer.expect("ANSWER", "200 result=0")
        assert await peer.told() == WAIT
        plain = await server.connect()
        plain.ask()
        with contextlib.suppress(ConnectionResetError):
            assert await plain.told() == "" or len(server.arrivals) == 1
        assert len(server.arrivals) == 1


@asyncio_test
async def test_a_certificate_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    with pytest.raises(TelephonyError, match="cannot listen"):
        async with serving(certificate=bad):
            pass


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begins, begins + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    return paths
