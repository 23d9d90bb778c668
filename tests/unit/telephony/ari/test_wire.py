"""Bytes to typed events and requests to bytes."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.errors import WireError
from ivrcore.telephony.ari import requests, wire

CHANNEL = {
    "id": "ch-1",
    "name": "PJSIP/trunk-1",
    "state": "Ring",
    "caller": {"name": "Kim", "number": "0212345678"},
    "dialplan": {"context": "in", "exten": "701", "app_name": "Stasis", "app_data": "app,inbound,701"},
    "creationtime": "2026-01-01T00:00:00.000+0000",
}


def parsed(kind: str, **fields: object) -> wire.Event | wire.Response:
    return wire.parse(json.dumps({"type": kind, **fields}))


def test_an_arrival_is_read_with_its_arguments_and_caller() -> None:
    event = parsed("StasisStart", args=["inbound", "701"], channel=CHANNEL, application="app")
    assert isinstance(event, wire.StasisStart)
    assert event.args == ["inbound", "701"]
    assert (event.channel.caller.number, event.channel.dialplan.exten) == ("0212345678", "701")


@pytest.mark.parametrize("name", sorted(wire.EVENTS))
def test_every_event_that_is_used_can_be_read(name: str) -> None:
    fields = {
        "channel": CHANNEL,
        "peer": CHANNEL,
        "digit": "5",
        "recording": {"name": "c1.s1", "state": "done", "target_uri": "channel:ch-1"},
        "playback": {"id": "p1", "state": "done", "target_uri": "channel:ch-1"},
        "bridge": {"id": "b1", "channels": ["ch-1"]},
        "device_state": {"name": "PJSIP/ann", "state": "INUSE"},
        "args": [],
    }
    assert type(parsed(name, **fields)) is wire.EVENTS[name]


@pytest.mark.parametrize("field", ["name", "state", "creationtime", "caller", "dialplan"])
@pytest.mark.parametrize("change", [None, "missing"])
def test_an_arrival_that_lacks_what_is_optional_is_read(field: str, change: str | None) -> None:
    channel = {key: value for key, value in CHANNEL.items() if key != field}
    if change is None:
        channel[field] = None
    event = parsed("StasisStart", args=["inbound", "701"], channel=channel)
    assert isinstance(event, wire.StasisStart)
    assert event.channel.id == "ch-1"


def test_a_caller_without_a_name_has_an_empty_one_wherever_channels_are_read() -> None:
    channel = CHANNEL | {"caller": {"name": None, "number": "0212345678"}}
    event = parsed("StasisStart", args=["inbound", "701"], channel=channel)
    assert isinstance(event, wire.StasisStart)
    [listed] = wire.read(json.dumps([channel]), list[wire.Channel])
    assert event.channel == listed
    assert listed.caller == wire.Caller(name="", number="0212345678")


@pytest.mark.parametrize(
    ("fields", "args"),
    [
        ({"args": 5}, []),
        ({"args": ["inbound", 701]}, ["inbound"]),
        ({"args": ["dialled", "l1"], "channel": CHANNEL | {"caller": "0212345678"}}, ["dialled", "l1"]),
    ],
)
def test_an_arrival_that_cannot_be_read_but_for_its_channel_is_a_bad_start(
    fields: dict[str, object], args: list[str]
) -> None:
    event = parsed("StasisStart", **({"channel": CHANNEL} | fields))
    assert isinstance(event, wire.BadStart)
    assert (event.channel.id, event.args) == ("ch-1", args)
    assert "malformed StasisStart" in event.problem
    assert "0212345678" not in event.problem


def test_an_unknown_event_is_unused_and_not_an_error() -> None:
    assert parsed("ChannelLearntToSing", song="la") == wire.Unused("ChannelLearntToSing")


def test_a_response_carries_its_request_id_status_and_body() -> None:
    response = parsed("RESTResponse", request_id="7", status_code=404, message_body='{"message":"x"}')
    assert response == wire.Response(status_code=404, request_id="7", message_body='{"message":"x"}')


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"type": 5}', '{"type": "StasisStart"}', b"\xff\xfe", '{"type":"RESTResponse"}'],
)
def test_what_is_malformed_is_a_wire_error(text: str | bytes) -> None:
    with pytest.raises(WireError):
        wire.parse(text)


def test_a_wire_error_names_the_field_and_not_its_value() -> None:
    with pytest.raises(WireError) as caught:
        parsed("ChannelDtmfReceived", channel=CHANNEL | {"caller": "0212345678"}, digit="5")
    assert "channel.caller" in str(caught.value)
    assert "0212345678" not in str(caught.value)


@pytest.mark.slow
@given(st.text(max_size=60) | st.binary(max_size=60))
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
def test_any_bytes_are_an_event_or_a_wire_error(data: str | bytes) -> None:
    with contextlib.suppress(WireError):
        assert isinstance(wire.parse(data), wire.Event | wire.Response)


def test_a_request_is_framed_with_its_query_and_body() -> None:
    request = requests.play("ch-1", "p1", ("sound:a", "sound:b"))
    assert json.loads(wire.frame("3", request)) == {
        "type": "RESTRequest",
        "request_id": "3",
        "method": "POST",
        "uri": "channels/ch-1/play",
        "query_strings": [
            {"name": "media", "value": "sound:a,sound:b"},
            {"name": "playbackId", "value": "p1"},
        ],
    }
    framed = json.loads(wire.frame("4", requests.filter_events("app")))
    unwanted = json.loads(framed["message_body"])["disallowed"]
    assert {"type": "ChannelVarset"} in unwanted
    assert not {one["type"] for one in unwanted} & set(wire.EVENTS)


def test_requests_that_wait_behind_a_playback_are_kept_off_the_socket() -> None:
    assert requests.answer("ch-1").may_block
    assert requests.add_channel("b1", "ch-1").may_block
    assert not requests.stop_play("p1").may_block
    assert not requests.hang_up("ch-1", 16).may_block


def test_ringing_time_is_whole_seconds_and_at_least_one() -> None:
    assert [requests.dial("c", seconds).query["timeout"] for seconds in (0.2, 1.0, 12.4)] == ["1", "1", "13"]
