"""What dialplans ask of the outside, on the real Asterisk: transfers, messages, call-backs, lookups."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, HangUp, Ignores, Keys, Rejects, Say, Stay, Wait
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import CallBackEnd, Told
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction
from tests.asterisk.hotlines import AGENT_HERTZ, CALLER_HERTZ, check, happened, hears, site, tone

pytestmark = pytest.mark.asterisk

PLAN = """\
name: services
language: en
numbers:
  "5000": {start: transfer}
  "5001": {start: forbidden}
  "5002": {start: record}
  "5003": {start: back}
  "5004": {start: lookup}
  "5005": {start: identify}
  "5006": {start: hanging}
blocks:
  transfer:
    - transfer: "11"
      ring: 5s
      failed: [{disposition: not_there}, {hang_up: normal}]
    - disposition: came_back
    - say: Thank you.
  forbidden:
    - transfer: "91"
      failed: [{disposition: forbidden}]
  record:
    - record: complaints
      silence: 2s
    - disposition: recorded
  back:
    - call_back: loans
      number: "12"
    - say: Goodbye.
  lookup:
    - lookup: customer
      with: {number: "{call.caller}"}
      into: {tier: tier}
      secret: no
    - if: tier == 'gold'
      then: [{disposition: gold}]
      else: [{disposition: "no"}]
  identify:
    - identify: supervisors
      prompt: Your PIN, please.
      length: 6
      otherwise: [{disposition: stranger}, {hang_up: normal}]
    - disposition: supervisor
  hanging:
    - lookup: slow
      with: {number: "1"}
      timeout: 1s
      failed: [{disposition: gave_up}]
variables: {tier: ordinary}
"""
PIN = "482915"
OUTBOUND = """\
trunk: PJSIP/agent{digits}
country: "82"
allowed: ["1"]
per_caller: 10
call_back: {tries: 2, gap: 2s, ring: 5s}
"""


class Crm(BaseHTTPRequestHandler):
    """A web service that knows one customer, and never answers for another path."""

    def do_GET(self) -> None:
        if self.path.startswith("/slow"):
            self.server.released.wait(20)  # type: ignore[attr-defined]
            return
        body = json.dumps({"tier": "gold" if self.path == "/customers/0215550100" else "none"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def crm() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Crm)
    server.released = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.released.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


Start = Callable[[], HotlineLab]


@pytest.fixture
def hotline(tmp_path: Path, crm: str) -> Iterator[Start]:
    """Starts a hotline whose outside numbers are the lab's phones 11 and 12."""
    labs: list[HotlineLab] = []

    def start() -> HotlineLab:
        lookups = f"""\
customer: {{kind: http, url: "{crm}/customers/{{number}}"}}
slow: {{kind: http, url: "{crm}/slow/{{number}}"}}
"""
        lab = HotlineLab(
            tmp_path / "lab",
            agents=12,
            registering=True,
            config=site(outbound=OUTBOUND, lookups=lookups, mailboxes="{complaints: {longest: 20s}}"),
            dialplans={"services.yaml": PLAN},
        )
        labs.append(lab)
        from ivrcore.answerers.supervisors import set_pin

        set_pin(lab.site / "secrets/supervisors", "kim", PIN)
        lab.start()
        lab.serve()
        return lab

    yield start
    try:
        for lab in labs:
            check(lab)
            outside_adds_up(lab)
    finally:
        for lab in labs:
            lab.close()


def outside_adds_up(lab: HotlineLab) -> None:
    allowed = [one.outbound for one in happened(lab, events.OutboundAllowed)]
    assert sorted(allowed) == sorted(one.outbound for one in happened(lab, events.OutboundEnded))


def dispositions(lab: HotlineLab) -> list[str]:
    return [one.disposition for one in happened(lab, events.DispositionSet)]


def answered(lab: HotlineLab) -> list[Told]:
    return [one.how for one in happened(lab, events.ServiceAnswered)]


def wait(lab: HotlineLab, kind: type[Event], seconds: float = 60.0) -> None:
    lab.wait_for(kind.__name__, lambda: happened(lab, kind), seconds)


def test_given_an_outside_number_when_it_answers_then_both_hear_each_other_and_the_caller_returns(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    lab.phones.add_agents({"agent11": Answers(0.3, talk=4.0)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    call = lab.phones.call("5000", [Wait(1.5), Say(tone(tmp_path, CALLER_HERTZ)), Stay(20)])
    result = call.result()
    (talk,) = lab.phones.agents["agent11"].calls
    lab.wait_for("the outside is down", lambda: talk.ended_at is not None)
    assert hears(result.heard, AGENT_HERTZ)
    assert hears(talk.heard, CALLER_HERTZ)
    assert result.ended_by == "far"
    assert dispositions(lab) == ["came_back"]
    assert answered(lab) == [Told.DONE]


def test_given_a_busy_or_forbidden_number_then_the_call_goes_on(hotline: Start) -> None:
    lab = hotline()
    lab.phones.add_agents({"agent11": Rejects()})
    lab.phones.call("5000", [Stay(10)]).result()
    lab.phones.call("5001", [Stay(10)]).result()
    lab.wait_for("both", lambda: len(dispositions(lab)) == 2)
    assert dispositions(lab) == ["not_there", "forbidden"]
    assert answered(lab) == [Told.BUSY, Told.REFUSED]
    assert len(happened(lab, events.LegDialled)) == 1


def test_given_a_message_when_it_is_left_then_it_can_be_heard_and_deleted(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    lab.phones.call("5002", [Wait(1.0), Say(tone(tmp_path, CALLER_HERTZ, 3.0)), Stay(15)]).result()
    wait(lab, events.MessageRecorded)
    api = ApiClient(lab.url, lab.token)
    (message,) = api.messages()
    assert message["mailbox"] == "complaints"
    assert 2.0 < message["seconds"] < 6.0
    assert message["caller"] == "0215550100"
    saved = tmp_path / "message.wav"
    saved.write_bytes(api.message(message["message"], "kim"))
    assert hears(saved, CALLER_HERTZ)
    api.delete_message(message["message"], "kim")
    assert api.messages() == []
    assert not list((lab.site / "var/messages").iterdir())
    lab.wait_for("gone", lambda: not list((lab.pbx.folder / "spool/recording").rglob("*.wav")))
    wait(lab, events.MessageDeleted)
    assert [one.by for one in happened(lab, events.MessageDeleted)] == ["admin (kim)"]
    assert dispositions(lab) == ["recorded"]


def test_given_a_caller_who_hangs_up_in_a_message_then_what_was_said_is_kept(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    lab.phones.call("5002", [Wait(1.0), Say(tone(tmp_path, CALLER_HERTZ, 3.0)), HangUp()]).result()
    wait(lab, events.MessageRecorded)
    (message,) = ApiClient(lab.url, lab.token).messages()
    assert message["seconds"] > 2.0


def test_given_a_call_back_when_an_agent_is_there_then_the_customer_is_rung_and_they_talk(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    lab.phones.add_agents(
        {"agent3": Answers(0.3), "agent12": [Rejects(), Answers(0.5, talk=4.0)]},
        say={"agent3": tone(tmp_path, AGENT_HERTZ), "agent12": tone(tmp_path, CALLER_HERTZ)},
        repeat=True,
    )
    assert lab.phones.call("5003", [Stay(15)]).result().ended_by == "far"
    wait(lab, events.ContactQueued)
    lab.ready("cho")
    wait(lab, events.CallBackEnded)
    (over,) = happened(lab, events.CallBackEnded)
    assert (over.how, over.attempts) == (CallBackEnd.TALKED, 2)
    (missed,) = happened(lab, events.CallBackMissed)
    assert missed.how is Told.BUSY
    customer = lab.phones.agents["agent12"]
    lab.wait_for("the phone is down", lambda: len(customer.calls) == 2 and not customer.live)
    assert hears(customer.calls[-1].heard, AGENT_HERTZ)
    lab.agent("cho", AgentAction.LOGOUT)


def test_given_a_customer_who_is_rung_when_the_server_is_killed_then_they_are_rung_again_and_talk(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    lab.phones.add_agents(
        {
            "agent3": [Answers(0.3, talk=6.0), Answers(0.3)],
            "agent12": [Ignores(), Answers(0.5, talk=4.0)],
        },
        say={"agent3": tone(tmp_path, AGENT_HERTZ), "agent12": tone(tmp_path, CALLER_HERTZ)},
        repeat=True,
    )
    assert lab.phones.call("5003", [Stay(15)]).result().ended_by == "far"
    lab.ready("cho")
    lab.wait_for("the customer's phone rings", lambda: lab.phones.agents["agent12"].live)
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    assert happened(lab, events.CallBackEnded) == []
    # A phone of the lab sounds in one call at a time: the first one is to be over.
    lab.wait_for("the agent gave up", lambda: not lab.phones.agents["agent3"].live)
    lab.serve()
    wait(lab, events.CallBackEnded)
    (over,) = happened(lab, events.CallBackEnded)
    assert (over.how, over.attempts) == (CallBackEnd.TALKED, 2)
    (missed,) = happened(lab, events.CallBackMissed)
    assert (missed.how, missed.attempt) == (Told.FAILED, 1)
    customer = lab.phones.agents["agent12"]
    lab.wait_for("the phone is down", lambda: customer.calls and not customer.live)
    assert hears(customer.calls[-1].heard, AGENT_HERTZ)
    lab.agent("cho", AgentAction.LOGOUT)


def test_given_a_number_that_was_erased_when_the_server_starts_then_it_says_that_nobody_is_called(
    hotline: Start,
) -> None:
    lab = hotline()
    assert lab.phones.call("5003", [Stay(15)]).result().ended_by == "far"
    wait(lab, events.ContactQueued)
    (asked,) = happened(lab, events.CallBackAsked)
    lab.stop_server()
    assert happened(lab, events.CallBackEnded) == []
    with closing(sqlite3.connect(lab.site / "var/journal.db")) as journal:
        journal.execute("DELETE FROM subject WHERE id = ?", (asked.subject,))
        journal.commit()
    lab.serve()
    wait(lab, events.CallBackEnded)
    assert [one.how for one in happened(lab, events.CallBackEnded)] == [CallBackEnd.NUMBER_ERASED]


def test_given_a_web_service_when_asked_then_its_answer_is_used_and_one_that_hangs_is_given_up(
    hotline: Start,
) -> None:
    lab = hotline()
    lab.phones.call("5004", [Stay(10)]).result()
    lab.phones.call("5004", [Stay(10)], caller_id="0299990000").result()
    lab.phones.call("5006", [Stay(10)]).result()
    lab.wait_for("all", lambda: len(dispositions(lab)) == 3)
    assert dispositions(lab) == ["gold", "no", "gave_up"]
    assert answered(lab)[:2] == [Told.DONE] * 2
    assert answered(lab)[2] in (Told.TIMED_OUT, Told.FAILED)


def test_given_a_supervisor_when_the_pin_is_entered_then_it_is_judged(hotline: Start) -> None:
    lab = hotline()
    lab.phones.call("5005", [Wait(0.5), Keys(PIN), Stay(15)]).result()
    lab.wait_for("judged", lambda: dispositions(lab))
    assert dispositions(lab) == ["supervisor"]
    log = (lab.folder / "server.log").read_text()
    assert PIN not in log
    assert PIN not in "".join(str(record.event) for record in lab.records())
