import pytest

from ivrcore.lab import sip_message

INVITE = (
    "INVITE sip:agent1@127.0.0.1:16101 SIP/2.0\r\nv: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKabc\r\n"
    'From: "Kim" <sip:4711@127.0.0.1>;tag=one\r\nTo: <sip:agent1@127.0.0.1>\r\ni: 17\r\nCSeq: 9 INVITE\r\n'
    "m: <sip:asterisk@127.0.0.1:5060>\r\nReason: SIP;cause=200, Q.850;cause=17\r\n\r\n"
    "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 11222 RTP/AVP 0 101\r\n"
)


def test_a_request_is_read_short_header_names_too() -> None:
    message = sip_message.parse(INVITE)
    assert (message.method, message.status, message.sequence) == ("INVITE", 0, 9)
    assert message.uri == "sip:agent1@127.0.0.1:16101"
    assert message.get("call-id") == "17"
    assert message.branch == "z9hG4bKabc"
    assert message.target == "sip:asterisk@127.0.0.1:5060"
    assert message.media == ("127.0.0.1", 11222)
    assert message.cause == 17
    assert message.tag_to == ""


def test_what_is_built_can_be_read() -> None:
    headers = [("To", "<sip:a@b>;tag=x"), ("CSeq", "1 INVITE"), ("Call-ID", "1")]
    data = sip_message.build("SIP/2.0 486 Busy Here", headers, "v=0\r\n", "application/sdp")
    message = sip_message.parse(data.decode())
    assert (message.status, message.reason, message.method) == (486, "Busy Here", "INVITE")
    assert message.tag_to == "x"
    assert message.get("content-length") == "5"
    assert (message.uri, message.media, message.cause) == ("", None, 0)


def test_other_text_is_no_message() -> None:
    with pytest.raises(ValueError, match="not a SIP message"):
        sip_message.parse("hello\r\n\r\n")


def test_the_offer_names_its_port() -> None:
    data = sip_message.build(
        "SIP/2.0 200 OK", [("CSeq", "1 INVITE")], sip_message.offer(4000), "application/sdp"
    )
    assert sip_message.parse(data.decode()).media == ("127.0.0.1", 4000)
