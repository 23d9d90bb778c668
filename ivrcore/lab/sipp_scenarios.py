"""SIPp scenarios, written from what a phone shall do. Text in, text out: knows no process and no socket.

Where a phone waits, the scenario waits for the far side's BYE or CANCEL with a time-out, not by a pause:
so the far side may hang up at any moment without upsetting SIPp.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ivrcore.lab.sip_message import offer

DAY = 86_400.0


@dataclass(frozen=True)
class Answers:
    """The agent answers `after` seconds, and hangs up after `talk` seconds if that is given.

    With `send_on`, a number, the phone sends the call on to that one instead (REFER). With `hold` it puts
    the caller on hold once: after the first number of seconds, for the second one, and `talk` begins then.
    """

    after: float = 0.3
    talk: float | None = None
    send_on: str = ""
    hold: tuple[float, float] | None = None


@dataclass(frozen=True)
class Rejects:
    """The agent refuses the call with a SIP status, 486 being busy."""

    status: int = 486
    after: float = 0.0


@dataclass(frozen=True)
class Ignores:
    """The phone rings until the caller's side gives up."""


Behaviour = Answers | Rejects | Ignores


@dataclass(frozen=True)
class Pause:
    """A load caller listens for some seconds."""

    seconds: float


@dataclass(frozen=True)
class Speech:
    """A load caller says raw mu-law audio (`.ul`), and waits until it is said."""

    path: Path
    seconds: float


@dataclass(frozen=True)
class Key:
    """A load caller presses one key, by INFO."""

    digit: str


Step = Pause | Speech | Key

_RESPONSE = """[last_Via:]
[last_From:]
{to}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
"""
_TAGGED = "[last_To:];tag=lab-[call_number]-[pid]"


def _message(tag: str, text: str, retransmit: bool = False) -> str:
    again = ' retrans="500"' if retransmit else ""
    return f"<send{again}{tag}><![CDATA[\n\n{text}\n]]></send>\n"


def _respond(status: str, *, to: str = "[last_To:]", sdp: str = "", next_label: str = "") -> str:
    body = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp}" if sdp else "Content-Length: 0\n"
    tag = f' next="{next_label}"' if next_label else ""
    return _message(tag, f"SIP/2.0 {status}\n{_RESPONSE.format(to=to)}{body}", retransmit=bool(sdp))


def _wait(request: str, seconds: float, after: str, then: str) -> str:
    """Wait for a request: `then` when it comes, `after` when the time is over."""
    return (
        f'<recv request="{request}" timeout="{round(seconds * 1000)}" ontimeout="{after}" next="{then}"/>\n'
    )


def _scenario(name: str, parts: Sequence[str]) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n'
    return f'{head}<scenario name="{name}">\n{"".join(parts)}</scenario>\n'


@dataclass(frozen=True)
class AgentPhone:
    """A phone of a group: the n-th call meets the n-th behaviour, later calls the last one.

    With ``again`` they meet the first one after the last, and so on.
    """

    name: str
    media_port: int
    behaviours: Sequence[Behaviour]
    again: bool = False


def agents(phones: Sequence[AgentPhone]) -> str:
    """Several agents' phones at one port, told apart by whom an INVITE is for.

    One process for all: each SIPp wakes up a thousand times a second even when idle.
    """
    whom = "".join(
        f'<ereg regexp="^INVITE sip:{phone.name}@" search_in="msg" assign_to="for_{phone.name}"/>\n'
        for phone in phones
    )
    parts = [
        f'<Global variables="{",".join(f"calls_{phone.name}" for phone in phones)}"/>\n',
        f'<recv request="INVITE" rrs="true"><action>\n'
        f'<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>\n{whom}</action></recv>\n'
        '<Reference variables="caller"/>\n',  # else SIPp refuses it where no phone ever says BYE
        *(f'<nop next="{phone.name}" test="for_{phone.name}"/>\n' for phone in phones),
        _respond("404 Not Found", to=_TAGGED),
        '<recv request="ACK" next="end"/>\n',
    ]
    for phone in phones:
        parts += _phone(phone)
    parts += [
        '<label id="cancelled"/>\n',
        _respond("200 OK"),
        _message(
            "",
            f"SIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n{_TAGGED}\n[last_Call-ID:]\n"
            "CSeq: [cseq] INVITE\nContent-Length: 0\n",
            retransmit=True,
        ),
        '<recv request="ACK" next="end"/>\n',
        '<label id="bye"/>\n',
        _respond("200 OK"),
        '<label id="end"/>\n<nop/>\n',
    ]
    return _scenario("agents", parts)


def _phone(phone: AgentPhone) -> list[str]:
    name, last = phone.name, len(phone.behaviours)
    parts = [
        f'<label id="{name}"/>\n<nop><action><add assign_to="calls_{name}" value="1"/></action></nop>\n',
        _respond("180 Ringing", to=_TAGGED),
    ]
    parts += [
        f'<nop><action><test assign_to="{name}_{turn}" variable="calls_{name}" '
        f'compare="equal" value="{turn}"/></action></nop>\n'
        f'<nop next="{name}_turn{turn}" test="{name}_{turn}"/>\n'
        for turn in range(1, last)
    ]
    if phone.again:
        parts.append(f'<nop><action><assign assign_to="calls_{name}" value="0"/></action></nop>\n')
    parts.append(f'<nop next="{name}_turn{last}"/>\n')
    for turn, behaviour in enumerate(phone.behaviours, start=1):
        label = f"{name}_turn{turn}"
        parts += [f'<label id="{label}"/>\n', *_behave(behaviour, phone, label)]
    return parts


def _behave(behaviour: Behaviour, phone: AgentPhone, label: str) -> list[str]:
    if isinstance(behaviour, Ignores):
        return [_wait("CANCEL", DAY, "end", "cancelled")]
    parts = [_wait("CANCEL", behaviour.after, f"{label}_ready", "cancelled")] if behaviour.after else []
    parts.append(f'<label id="{label}_ready"/>\n')
    if isinstance(behaviour, Rejects):
        refuse = f"SIP/2.0 {behaviour.status} Refused\n{_RESPONSE.format(to=_TAGGED)}Content-Length: 0\n"
        return [*parts, _message("", refuse, retransmit=True), '<recv request="ACK" next="end"/>\n']
    talk = f"{label}_talk"
    parts.append(_pick_up(phone, label))
    number = 1
    if behaviour.hold:
        until, seconds = behaviour.hold
        parts += [
            _wait_talking(until, phone, f"{label}_before", f"{label}_hold"),
            _ask_to_hold(phone, number, f"{label}_hold", hold=True),
            _wait_talking(seconds, phone, f"{label}_held", f"{label}_back"),
            _ask_to_hold(phone, number + 1, f"{label}_back", hold=False),
        ]
        number += 2
    parts.append(_wait_talking(behaviour.talk or DAY, phone, talk, f"{label}_leave"))
    parts.append(f'<label id="{label}_leave"/>\n')
    return [*parts, *_leave(behaviour.send_on, phone, label, number)]


def _pick_up(phone: AgentPhone, label: str) -> str:
    return "".join(
        (
            _respond("200 OK", to=_TAGGED, sdp=_sdp(phone)),
            f'<label id="{label}_ack"/>\n',
            f'<recv request="CANCEL" optional="true" next="{label}_late"/>\n',  # it crossed our answer
            f'<recv request="ACK" next="{label}_up"/>\n',
            f'<label id="{label}_late"/>\n',
            _respond("200 OK", next_label=f"{label}_ack"),
            f'<label id="{label}_up"/>\n',
        )
    )


def _wait_talking(seconds: float, phone: AgentPhone, label: str, then: str) -> str:
    """Wait so long for the far side to hang up, then go to `then`; a re-INVITE begins the time anew."""
    time_out = f'timeout="{round(seconds * 1000)}" ontimeout="{then}"'
    return "".join(
        (
            f'<label id="{label}"/>\n',
            f'<recv request="INVITE" optional="true" {time_out} next="{label}_again"/>\n',
            f'<recv request="BYE" {time_out} next="bye"/>\n',
            f'<label id="{label}_again"/>\n',
            _respond("200 OK", sdp=_sdp(phone)),
            f'<recv request="ACK" next="{label}"/>\n',
        )
    )


def _ask_to_hold(phone: AgentPhone, number: int, label: str, *, hold: bool) -> str:
    """Put the far side on hold by a re-INVITE, or take it back; it may hang up meanwhile."""
    sdp = _sdp(phone).replace("sendrecv", "sendonly") if hold else _sdp(phone)
    more = "Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\n"
    return "".join(
        (
            f'<label id="{label}"/>\n',
            _inside("INVITE", number, phone, more, sdp),
            '<recv response="100" optional="true"/>\n',
            '<recv request="BYE" optional="true" next="bye"/>\n',
            '<recv response="481" optional="true" next="end"/>\n',
            '<recv response="200"/>\n',
            _inside("ACK", number, phone),
        )
    )


def _sdp(phone: AgentPhone) -> str:
    return offer(phone.media_port).replace("\r\n", "\n")


def _leave(send_on: str, phone: AgentPhone, label: str, number: int) -> list[str]:
    end = '<recv response="200" next="end"/>\n'
    if not send_on:
        return [_inside("BYE", number, phone), end]
    # no reports of progress (RFC 4488): they come two at a time, which SIPp cannot follow
    whom = (
        "Contact: <sip:[local_ip]:[local_port]>\nSupported: norefersub\nRefer-Sub: false\n"
        f"Refer-To: <sip:{send_on}@[remote_ip]:[remote_port]>\n"
    )
    return [
        _inside("REFER", number, phone, whom),
        f'<recv response="202" optional="true" next="{label}_referred"/>\n',
        '<recv response="200"/>\n',
        f'<label id="{label}_referred"/>\n',
        _inside("BYE", number + 1, phone),
        end,
    ]


def _inside(method: str, number: int, phone: AgentPhone, more: str = "", sdp: str = "") -> str:
    """A phone's own request inside the dialog that the caller's side began."""
    body = f"Content-Length: [len]\n\n{sdp}" if sdp else "Content-Length: 0\n"
    return _message(
        "",
        f"{method} [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        f"From: <sip:{phone.name}@[local_ip]>;tag=lab-[call_number]-[pid]\nTo:[$caller]\n"
        f"[last_Call-ID:]\nCSeq: {number} {method}\nMax-Forwards: 70\n{more}{body}",
        retransmit=method != "ACK",
    )


def register(contact_port: int) -> str:
    """Phones tell the PBX, with their passwords, where they can be rung.

    The injection file has a line for each: name, and SIPp's `[authentication …]` with name and password.
    """
    text = (
        "REGISTER sip:[remote_ip]:[remote_port] SIP/2.0\n"
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From: <sip:[field0]@[remote_ip]>;tag=[pid]\nTo: <sip:[field0]@[remote_ip]>\nCall-ID: [call_id]\n"
        f"CSeq: [cseq] REGISTER\nContact: <sip:[field0]@[local_ip]:{contact_port}>\nExpires: 3600\n"
        "Max-Forwards: 70\n"
    )
    return _scenario(
        "register",
        [
            _message("", f"{text}Content-Length: 0\n", retransmit=True),
            '<recv response="401" auth="true"/>\n',
            _message("", f"{text}[field1]\nContent-Length: 0\n", retransmit=True),
            '<recv response="200"/>\n',
        ],
    )


def caller(steps: Sequence[Step]) -> str:
    """A load caller: fixed steps after the answer, then it hangs up, unless the far side did before.

    The caller's number comes from the first column of SIPp's injection file; SIPp itself speaks.
    """
    labels = (f"step{number}" for number in count(1))
    # A port of its own for each call only where somebody speaks: SIPp has a hundred of them per process.
    speaks = any(isinstance(step, Speech) for step in steps)
    port = "[rtpstream_audio_port]" if speaks else "[media_port]"
    sdp = offer(0).replace("\r\n", "\n").replace("audio 0", f"audio {port}")
    headers = (
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From: <sip:[field0]@[local_ip]>;tag=[pid]-[call_number]\n"
        "To: <sip:[service]@[remote_ip]:[remote_port]>{tag}\n"
        "Call-ID: [call_id]\nCSeq: [cseq] {method}\nContact: <sip:[field0]@[local_ip]:[local_port]>\n"
        "Max-Forwards: 70\n"
    )
    invite = headers.format(method="INVITE", uri="sip:[service]@[remote_ip]:[remote_port]", tag="")
    inside = {"uri": "[next_url]", "tag": "[peer_tag_param]"}
    parts = [
        _message(
            "", f"{invite}Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp}", retransmit=True
        ),
        *(f'<recv response="{code}" optional="true"/>\n' for code in (100, 180, 183)),
        '<recv response="200" rtd="true" rrs="true"/>\n',
        _message("", headers.format(method="ACK", **inside) + "Content-Length: 0\n"),
    ]
    for step in steps:
        parts += _caller_step(step, headers.format(method="INFO", **inside), next(labels))
    parts += [
        _message("", headers.format(method="BYE", **inside) + "Content-Length: 0\n", retransmit=True),
        '<recv response="200" next="end"/>\n',
        '<label id="bye"/>\n',
        _respond("200 OK"),
        '<label id="end"/>\n<nop/>\n',
    ]
    return _scenario("caller", parts)


def _caller_step(step: Step, info: str, label: str) -> list[str]:
    if isinstance(step, Key):
        body = f"Signal={step.digit}\nDuration=160\n"
        kind = "Content-Type: application/dtmf-relay\nContent-Length: [len]\n\n"
        return [_message("", f"{info}{kind}{body}", retransmit=True), '<recv response="200"/>\n']
    parts = [_wait("BYE", step.seconds, label, "bye"), f'<label id="{label}"/>\n']
    if isinstance(step, Speech):
        stream = f'<nop><action><exec rtp_stream="{step.path},1,0,PCMU/8000"/></action></nop>\n'
        parts.insert(0, stream)
    return parts
