"""The hotline that is killed: its queues, its dialplan, its agents' phones and those of the outside."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request

from ivrcore.lab.cable import Cable
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.packages import LabError
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phones import Answers, Ignores, Rejects
from ivrcore.lab.ports import free_port
from ivrcore.lab.sipp_scenarios import Behaviour
from ivrcore.samples import sample

AGENTS = 8
NAMES = tuple(f"a{number}" for number in range(1, AGENTS + 1))
PHONE_OF = {name: f"agent{number}" for number, name in enumerate(NAMES, 1)}
PRIVATE, PRIVATE_PHONE = f"a{AGENTS + 1}", f"agent{AGENTS + 1}"
"""An agent who is never logged in, for calls of the phone's own."""
OUTSIDE = 11
"""The outside number that callers are transferred to."""
OUTSIDE_PHONE = f"agent{OUTSIDE}"
"""Its phone, which takes any number of calls at once."""
CUSTOMERS = tuple(range(12, 20))
"""Numbers of customers who are called back, and of their phones."""
PHONES = 19
OWN_CALLS = """\
[own-calls]
exten => s,1,Wait(600)
"""
AGI_SECRET = "an-agi-secret-for-chaos"  # noqa: S105 - of a hotline that lives for minutes
ENTRIES = {"700": "agi", "701": "account", "702": "back"}
"""Numbers that a dialplan of Asterisk's own has, and hands over by AGI -> where their callers begin."""
ENTRY = """\
exten => {number},1,Set(IVRCORE_ENTRY={entry})
 same => n,Goto(ivrcore-sample-hotline,s,1)
"""
BY_AGI = """\
[globals](+)
IVRCORE = agi://127.0.0.1:{port}/{secret}
[from-trunk](+)
{numbers}
{sample}
[ivrcore-sample-away]
exten => s,1,Congestion(2)
 same => n,Hangup()
"""
AWAY = "[ivrcore-sample-away]"
"""Where the sample's fallback begins, its last part."""
PATIENT = {"IVRCORE_TRIES} > 20]": "IVRCORE_TRIES} > 120]", "?entry=welcome)": "?entry=${IVRCORE_ENTRY})"}
"""What is other than in the sample: it asks for a minute, since beside other runs a start takes long, and
serves several numbers."""
QUEUES = """\
cards: {skills: {cards: 1}, ring_time: 8s, wrap_up: 2s, retry_after: 1s, whisper: A call about cards.}
backs: {ring_time: 8s, wrap_up: 1s, retry_after: 1s}
loans: {skills: {loans: 1}, ring_time: 8s, wrap_up: 1s, retry_after: 1s,
  position: "You are number {position}.", announce_first: 3s, announce_every: 8s}
"""
PLAN = """\
name: chaos
language: en
numbers:
  "5000": {start: welcome}
  "5001": {start: straight, answer: early_media}
  "5002": {start: account}
  "5003": {start: rings, answer: ring, ring: 4s}
  "5004": {start: away}
  "5005": {start: message}
  "5006": {start: back}
  agi: {start: welcome}
  account: {start: account}
  back: {start: back}
defaults: {timeout: 12s}
variables: {tier: ordinary}
blocks:
  welcome: [{say: Welcome.}, {menu: main}]
  straight: [{queue: cards}, {say: Goodbye.}]
  rings: [{queue: loans}]
  away:
    - transfer: "11"
      ring: 5s
      failed: [{say: Nobody is there.}, {queue: loans}]
    - say: Thank you.
  message:
    - record: complaints
      silence: 4s
      prompt: Please leave a message.
      failed: [{queue: loans}]
    - say: Thank you.
  account:
    - collect: account
      prompt: Your account number, please.
      length: 4
      otherwise: [{queue: loans}]
    - lookup: customer
      with: {number: "{account}"}
      into: {tier: tier}
      timeout: 4s
    - queue: cards
    - say: Goodbye.
  back:
    - call_back: backs
      number: "{call.caller}"
      failed: [{queue: loans}]
    - say: We call you back.
menus:
  main:
    prompt: Cards, loans or hours?
    choices:
      cards: {say: [card], keys: "1", go: [{queue: cards}, {say: Goodbye.}]}
      loans: {say: [loan], keys: "2", go: [{queue: loans}, {say: Goodbye.}]}
      hours: {say: [hours], keys: "3", go: [{say: Nine to five.}, {hang_up: normal}]}
    no_input: [Please press a key.]
    no_match: [Pardon?]
    otherwise: [{queue: loans}]
"""
OUTBOUND = """\
trunk: PJSIP/agent{digits}
country: "82"
allowed: ["1"]
at_once: 1000
per_hour: 100000
per_caller: 1000
per_number: 100000
call_back: {tries: 3, gap: 2s, ring: 6s, most: 1000}
"""
GAP = 2.0
"""Seconds between two tries to call somebody back."""
WAYS: tuple[Behaviour, ...] = (
    Answers(0.5, talk=5.0),
    Answers(2.0, talk=8.0),
    Rejects(486),
    Answers(0.5, talk=9.0, hold=(1.0, 3.0)),
    Answers(1.0, talk=2.0, hold=(0.5, 9.0)),
)
"""How agents take calls, one after another; each begins elsewhere."""
OUTSIDE_WAYS: tuple[Behaviour, ...] = (
    Answers(0.5, talk=6.0),
    Answers(3.0, talk=20.0),
    Rejects(486),
    Answers(1.0),
    Ignores(),
)
CUSTOMERS_WAYS: tuple[Behaviour, ...] = (
    Answers(0.5),
    Rejects(486),
    Answers(2.0, talk=6.0),
    Ignores(),
    Answers(4.0, talk=4.0),
)
TURNED_AWAY = 503
"""What a new caller's phone is told while the server is away: the fallback is congestion."""


class _Customers(BaseHTTPRequestHandler):
    """A web service that takes its time."""

    def do_GET(self) -> None:
        """Answer after a while, which the number asked for decides."""
        number = int(self.path.rpartition("/")[2] or 0)
        time.sleep(0.2 + number % 10 / 5)
        body = b'{"tier": "gold"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Serve one; who asked may have been killed."""
        try:
            super().handle()
        except ConnectionError:
            return


@contextmanager
def hotline(folder: Path, cable: Cable | None = None) -> Iterator[HotlineLab]:
    """Run the hotline: Asterisk, phones, and a server with all agents ready; ``cable`` is in between."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Customers) as customers:
        customers.daemon_threads = True
        threading.Thread(target=customers.serve_forever, daemon=True).start()
        try:
            with _lab(folder, f"http://127.0.0.1:{customers.server_address[1]}", cable) as lab:
                ways: dict[str, list[Behaviour]] = {
                    f"agent{n}": [WAYS[(n + k) % len(WAYS)] for k in range(len(WAYS))]
                    for n in range(1, AGENTS + 1)
                }
                ways[PRIVATE_PHONE] = [Answers(0.1)]
                ways[OUTSIDE_PHONE] = list(OUTSIDE_WAYS)
                for n in CUSTOMERS:
                    turn = n % len(CUSTOMERS_WAYS)
                    ways[f"agent{n}"] = [*CUSTOMERS_WAYS[turn:], *CUSTOMERS_WAYS[:turn]]
                lab.phones.add_agents(ways, again=True)
                lab.serve()
                lab.ready(*NAMES)
                yield lab
        finally:
            customers.shutdown()


class ChaosLab(HotlineLab):
    """The hotline, with the secret that AGI needs."""

    def _write_site(self, config: Mapping[str, str], dialplans: Mapping[str, str] | None) -> None:
        secret = self.site / "secrets/agi"
        secret.touch(mode=0o600)
        secret.write_text(AGI_SECRET)
        super()._write_site(config, dialplans)


def _lab(folder: Path, customers: str, cable: Cable | None) -> HotlineLab:
    agi_port = free_port()
    agents = "".join(
        f"{name}: {{endpoint: PJSIP/agent{n}, skills: {{cards: 1, loans: 1}}}}\n"
        for n, name in enumerate((*NAMES, PRIVATE), 1)
    )
    entries = ", ".join(ENTRIES.values())
    lab = ChaosLab(
        folder,
        agents=PHONES,
        http_port=cable.port if cable else None,
        bare=OWN_CALLS + _by_agi(agi_port),
        config={
            "queues": QUEUES,
            "agents": agents,
            "fastagi": f"{{port: {agi_port}, secret_file: secrets/agi, numbers: [{entries}]}}",
            "outbound": OUTBOUND,
            "mailboxes": "{complaints: {longest: 30s, most: 100000}}",
            "lookups": f'customer: {{kind: http, url: "{customers}/customers/{{number}}"}}\n',
        },
        dialplans={"chaos.yaml": PLAN},
        fallback="{action: congestion}",
    )
    if cable:
        cable.lead_to(lab.pbx.http_port)
    return lab


def _by_agi(port: int) -> str:
    """Give Asterisk's lines for callers by AGI: the shipped sample's, but for `PATIENT` and the fallback."""
    lines, away, _ = (
        sample("config").joinpath("asterisk/extensions_agi.conf").read_text("utf-8").partition(AWAY)
    )
    for shipped, ours in PATIENT.items():
        if not away or lines.count(shipped) != 1:
            raise LabError(f"the sample has not just one {shipped}, or no {AWAY}")
        lines = lines.replace(shipped, ours)
    numbers = "".join(ENTRY.format(number=number, entry=entry) for number, entry in ENTRIES.items())
    return BY_AGI.format(port=port, secret=AGI_SECRET, numbers=numbers, sample=lines)


def own_call(pbx: Pbx) -> None:
    """Let the phone of `PRIVATE` have a call of its own, until somebody ends it."""
    _ask(
        pbx,
        "POST",
        "channels",
        endpoint=f"PJSIP/{PRIVATE_PHONE}",
        context="own-calls",
        extension="s",
        priority="1",
    )


def call_id(pbx: Pbx, channel: str) -> str:
    """Give the SIP Call-ID of a channel by the channel's id; "" if it is gone."""
    try:
        answer = _ask(pbx, "GET", f"channels/{channel}/variable", variable="CHANNEL(pjsip,call-id)")
    except HTTPError:
        return ""
    return str(json.loads(answer)["value"])


def _ask(pbx: Pbx, method: str, path: str, **query: str) -> bytes:
    """Ask Asterisk beside the server."""
    login = b64encode(f"{pbx.ari_user}:{pbx.ari_password}".encode()).decode()
    request = Request(f"{pbx.ari_url}/{path}?{urlencode(query)}", method=method)
    request.add_header("Authorization", f"Basic {login}")
    with LOOPBACK.open(request, timeout=20) as answer:
        return bytes(answer.read())
