"""How long a sound is, and what a leg without a speech server says of audio."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from ivrcore.lab import audio
from ivrcore.model.capability import Capability
from ivrcore.telephony import leg as contract
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.agi.audio import CallerAudio, length
from ivrcore.telephony.agi.config import AgiConfig
from ivrcore.telephony.agi.switch import AgiSwitch
from tests.support.aio import asyncio_test, until
from tests.unit.telephony.agi.agi_peer import SECRET, Peer, Server, serving

if TYPE_CHECKING:
    from ivrcore.telephony.agi.connection import Connection


class Ear:
    """A sink that only loses."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.lost: list[str] = []
        self.then = then

    def audio(self, pcm: bytes) -> None:
        raise AssertionError

    def audio_lost(self, code: str) -> None:
        self.lost.append(code)
        self.then()


def test_a_wav_is_as_long_as_it_says(tmp_path: Path) -> None:
    audio.write_wav(tmp_path / "a.wav", audio.tone(440.0, 1.5))
    assert length(str(tmp_path / "a")) == (1.5, 8000)


@pytest.mark.parametrize(
    ("ending", "size", "known"),
    [
        (".sln", 16_000, (1.0, 8000)),
        (".sln16", 16_000, (0.5, 16_000)),
        (".ulaw", 4_000, (0.5, 8000)),
        (".alaw", 8_000, (1.0, 8000)),
        (".gsm", 8_000, None),
    ],
)
def test_raw_sounds_are_as_long_as_their_bytes(
    tmp_path: Path, ending: str, size: int, known: tuple[float, int] | None
) -> None:
    (tmp_path / f"a{ending}").write_bytes(b"x" * size)
    assert length(str(tmp_path / "a")) == known


def test_what_is_not_here_or_is_no_wav_has_no_length(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    assert length(str(tmp_path / "broken")) is None
    assert length("digits/1") is None


@pytest.mark.usefixtures("no_leaks")
@asyncio_test
async def test_without_a_speech_server_audio_is_lost_at_once() -> None:
    async with serving() as server:
        _, arrival = await server.called()
        assert Capability.AUDIO not in arrival.leg.capabilities
        ear = Ear()
        arrival.leg.open_audio(ear)
        assert ear.lost == []
        await until(lambda: ear.lost)
        assert ear.lost == ["IVR303"]


class Agi:
    """An Asterisk that does as it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def execute(self, *words: object) -> dict[str, tuple[str, str]]:
        self.told.append(words)
        return {"result": ("1", "")}


class Calling:
    """A connection of AGI."""

    def __init__(self) -> None:
        self.agi = Agi()


def test_the_name_of_a_claim_cannot_be_guessed() -> None:
    claims, names = Claims(), set()
    for _ in range(3):
        calling = Calling()
        audio_of = CallerAudio(cast("Connection", calling), claims, "ours")
        assert audio_of.ready()
        (grammar,) = (str(words[2]) for words in calling.agi.told if words[:2] == ("SPEECH SET", "grammar"))
        assert claims.find(grammar) is not None
        names.add(grammar.removeprefix("claim:agi-"))
    assert len(names) == 3
    assert all(len(name) >= 20 for name in names)


@contextlib.asynccontextmanager
async def hearing() -> AsyncIterator[tuple[Server, Claims]]:
    """Run a driver whose callers are heard."""
    from twisted.internet import reactor  # pytest-twisted chooses it after collection

    claims = Claims()
    config = AgiConfig(secret=SECRET, port=0, speech_engine="ivr")
    server = Server(AgiSwitch(config, reactor, claims=claims))
    server.switch.start()
    try:
        yield server, claims
    finally:
        await server.switch.stop()
        for peer in server.peers:
            peer.close()
        await until(lambda: not server.switch.server.connections)


async def connecting(server: Server, then: Callable[[contract.Leg], None]) -> tuple[Peer, contract.Leg]:
    """Give a leg that waits for a key while Asterisk is about to connect for its audio."""
    peer, arrival = await server.called()
    leg = arrival.leg
    leg.send(contract.Answer())
    await peer.expect("ANSWER", "200 result=0")
    assert (await peer.told()).startswith("WAIT FOR DIGIT")
    leg.open_audio(Ear(lambda: then(leg)))
    await peer.expect("NOOP", "200 result=0", "200 result=0")
    assert (await peer.told()).startswith("SPEECH CREATE")
    return peer, leg


async def ready(peer: Peer, claims: Claims) -> str:
    """Let Asterisk connect; give the next command that is neither of that nor of an interruption."""
    peer.say(b"200 result=1\n")
    while True:
        command = await peer.told()
        if command.startswith("SPEECH SET"):
            claim = claims.find(command.split()[-1].strip('"'))
            assert claim is not None
            claim.connect(lambda: None)
            peer.say(b"200 result=1\n")
        elif command == "NOOP":
            peer.say(b"200 result=0\n")
        else:
            return command


@pytest.mark.parametrize(
    ("command", "said"),
    [(contract.HangUp(16), "EXEC Hangup"), (contract.Play("p", ("sound:x",)), "STREAM FILE x")],
)
@asyncio_test
async def test_a_command_while_asterisk_connects_is_carried_out_next(
    command: contract.Command, said: str
) -> None:
    async with hearing() as (server, claims):
        peer, leg = await connecting(server, lambda _: None)
        leg.send(command)
        assert (await ready(peer, claims)).replace('"', "").startswith(said)


@asyncio_test
async def test_a_command_as_the_audio_is_lost_is_carried_out_next() -> None:
    async with hearing() as (server, _):
        peer, _ = await connecting(server, lambda leg: leg.send(contract.Play("p", ("sound:x",))))
        peer.say(b"200 result=0\n")
        assert (await peer.told()).replace('"', "").startswith("STREAM FILE x")


@asyncio_test
async def test_a_prompt_that_is_stopped_while_asterisk_connects_is_not_begun(tmp_path: Path) -> None:
    audio.write_wav(tmp_path / "a.wav", audio.tone(440.0, 1.5))
    async with hearing() as (server, claims):
        peer, arrival = await server.called()
        leg = arrival.leg
        leg.send(contract.Answer())
        leg.open_audio(Ear())
        leg.send(contract.Play("p", (f"sound:{tmp_path / 'a'}",)))
        await peer.expect("ANSWER", "200 result=0")
        assert (await peer.told()).startswith("SPEECH CREATE")
        leg.send(contract.StopPlay("p"))
        leg.send(contract.StartMusic("default"))
        assert (await ready(peer, claims)).startswith("SET MUSIC")
