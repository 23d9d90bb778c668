"""The generated files on a real Asterisk: read without complaint, and callers go where they should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from urllib.request import Request

import pytest
from websockets.sync.client import ClientConnection, connect

from ivrcore.config import (
    AsteriskConfig,
    Config,
    Fallback,
    FallbackAction,
    FeatureCodes,
    JournalConfig,
    QueueVoice,
    WebConfig,
)
from ivrcore.config.feature_codes import USUAL
from ivrcore.lab import audio
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.pbx import Pbx
from ivrcore.telephony.asterisk_files import write_asterisk_files

pytestmark = pytest.mark.asterisk
PASSWORD = "swordfish"


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """An Asterisk whose ARI, HTTP, media and music settings are the generated ones."""
    files = tmp_path_factory.mktemp("asterisk")
    extra = {"ari.conf": f'[general]\nenabled = yes\n#include "{files}/ari_ivrcore.conf"\n'}
    with_files = Pbx(includes=[files / "extensions_ivrcore.conf"], extra=extra)
    for name, section in (("http", "general"), ("chan_websocket", "global"), ("musiconhold", "")):
        header = f"[{section}]\n" if section else ""
        extra[f"{name}.conf"] = f'{header}#include "{files}/{name}_ivrcore.conf"\n'
    config = Config(
        folder=files,
        asterisk=AsteriskConfig(
            password=PASSWORD,
            url=f"http://127.0.0.1:{with_files.http_port}",
            inbound=("_X.", "_+X."),
            fallback=Fallback(FallbackAction.DIAL, dial="Local/9006@lab"),
        ),
        web=WebConfig(token=""),
        journal=JournalConfig(files / "journal.db", b""),
        dialplans=files,
        prompts=files,
        cache=files,
        node="hotline",
        queue_voices={"general": QueueVoice(music="jazz")},
        feature_codes=FeatureCodes(USUAL),
    )
    write_asterisk_files(config, files)
    (files / "music/jazz").mkdir(parents=True)
    audio.write_wav(files / "music/jazz/a.wav", audio.tone(440, 0.5))
    with with_files:
        yield with_files
    with_files.close()


def api(pbx: Pbx, method: str, path: str) -> Any:
    request = Request(f"{pbx.ari_url}/{path}&api_key=ivrcore:{PASSWORD}", method=method)
    with LOOPBACK.open(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def server(pbx: Pbx, app: str) -> ClientConnection:
    url = pbx.ari_url.replace("http:", "ws:")
    return connect(f"{url}/events?app={app}&api_key=ivrcore:{PASSWORD}")


def call(pbx: Pbx, number: str, context: str = "ivrcore-inbound") -> None:
    """Call a number; the calling side stays in the lab's silent extension."""
    endpoint = quote(f"Local/{number}@{context}", safe="")
    api(pbx, "POST", f"channels?endpoint={endpoint}&extension=9006&context=lab")


def arrival(socket: ClientConnection) -> dict[str, Any]:
    while True:
        event: dict[str, Any] = json.loads(socket.recv(timeout=20))
        if event["type"] == "StasisStart":
            return event


def hang_up_all(pbx: Pbx) -> None:
    pbx.rx("channel request hangup all")
    assert pbx.idle()


def test_they_are_read_without_complaint(pbx: Pbx) -> None:
    assert "jazz" in pbx.rx("moh show classes")
    assert "Stasis" in pbx.rx("dialplan show ivrcore-number")
    complaints = [
        line
        for line in pbx.log.read_text().splitlines()
        if "ivrcore" in line and ("ERROR" in line or "WARN" in line)
    ]
    assert complaints == []


@pytest.mark.parametrize("slot", ["a", "b"])
def test_given_one_slot_is_there_when_a_call_comes_then_it_gets_the_call(pbx: Pbx, slot: str) -> None:
    with server(pbx, f"hotline-{slot}") as socket:
        call(pbx, "+821234")
        assert arrival(socket)["args"] == ["inbound", "+821234"]
        hang_up_all(pbx)


def test_given_no_server_when_a_call_comes_then_the_fallback_takes_it(pbx: Pbx) -> None:
    call(pbx, "1000")
    assert pbx.wait(lambda: any(one.context == "ivrcore-fallback" for one in pbx.channels()))
    assert pbx.wait(lambda: any(one.application == "Wait" for one in pbx.channels()))
    hang_up_all(pbx)


def test_given_a_number_with_an_expression_then_nothing_of_it_is_evaluated(pbx: Pbx) -> None:
    with server(pbx, "hotline-a") as socket:
        call(pbx, "1${EPOCH}2,3)&#")
        assert arrival(socket)["args"] == ["inbound", "123#"]
        hang_up_all(pbx)


@pytest.mark.parametrize("code", ["*11", "*132", "*1510", "*19"])
def test_given_a_code_and_what_is_nearly_one_then_the_server_gets_it_as_such(pbx: Pbx, code: str) -> None:
    with server(pbx, "hotline-a") as socket:
        call(pbx, code, "ivrcore-agents")
        assert arrival(socket)["args"] == ["code", code, "0"]
        hang_up_all(pbx)


def test_given_no_server_when_a_code_is_dialled_then_nobody_is_rung(pbx: Pbx) -> None:
    call(pbx, "*11", "ivrcore-agents")
    assert pbx.idle(), "the fallback would have rung somebody who stays"


def test_codes_are_not_reached_by_the_trunk(pbx: Pbx) -> None:
    shown = pbx.rx("dialplan show *11@ivrcore-inbound")
    assert "Goto" not in shown, shown


@pytest.mark.parametrize("special", ["h", "i", "s", "t", "o", "T"])
def test_asterisks_own_extensions_do_not_come_to_the_server(pbx: Pbx, special: str) -> None:
    """A pattern that takes ``h`` would hand every call over a second time when it ends."""
    for context in ("ivrcore-number", "ivrcore-fallback", "ivrcore-agents", "ivrcore-code"):
        shown = pbx.rx(f"dialplan show {special}@{context}")
        assert "'_" not in shown, shown
