"""The hotline that is killed: its queues, its dialplan, its agents' phones, and how its callers behave."""

from __future__ import annotations

import random
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request

from ivrcore.lab.cable import Cable
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phone_script import Action
from ivrcore.lab.phones import Answers, HangUp, Keys, Rejects, Stay, Wait
from ivrcore.lab.sipp_scenarios import Behaviour

AGENTS = 8
NAMES = tuple(f"a{number}" for number in range(1, AGENTS + 1))
PRIVATE, PRIVATE_PHONE = f"a{AGENTS + 1}", f"agent{AGENTS + 1}"
"""An agent who is never logged in, for calls of the phone's own."""
OWN_CALLS = """\
[own-calls]
exten => s,1,Wait(600)
"""
QUEUES = """\
cards: {skills: {cards: 1}, ring_time: 8s, wrap_up: 2s, retry_after: 1s, whisper: A call about cards.}
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
defaults: {timeout: 12s}
variables: {tier: ordinary}
blocks:
  welcome: [{say: Welcome.}, {menu: main}]
  straight: [{queue: cards}, {say: Goodbye.}]
  rings: [{queue: loans}]
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
WAYS: tuple[Behaviour, ...] = (Answers(0.5, talk=5.0), Answers(2.0, talk=8.0), Rejects(486))
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
                    f"agent{n}": [WAYS[(n + k) % len(WAYS)] for k in range(3)] for n in range(1, AGENTS + 1)
                }
                ways[PRIVATE_PHONE] = [Answers(0.1)]
                lab.phones.add_agents(ways, again=True)
                lab.serve()
                lab.ready(*NAMES)
                yield lab
        finally:
            customers.shutdown()


def _lab(folder: Path, customers: str, cable: Cable | None) -> HotlineLab:
    agents = "".join(
        f"{name}: {{endpoint: PJSIP/agent{n}, skills: {{cards: 1, loans: 1}}}}\n"
        for n, name in enumerate((*NAMES, PRIVATE), 1)
    )
    lab = HotlineLab(
        folder,
        agents=AGENTS + 1,
        http_port=cable.port if cable else None,
        bare=OWN_CALLS,
        config={
            "queues": QUEUES,
            "agents": agents,
            "lookups": f'customer: {{kind: http, url: "{customers}/customers/{{number}}"}}\n',
        },
        dialplans={"chaos.yaml": PLAN},
        fallback="{action: congestion}",
    )
    if cable:
        cable.lead_to(lab.pbx.http_port)
    return lab


def own_call(pbx: Pbx) -> None:
    """Let the phone of `PRIVATE` have a call of its own, until somebody ends it."""
    query = urlencode(
        {"endpoint": f"PJSIP/{PRIVATE_PHONE}", "context": "own-calls", "extension": "s", "priority": "1"}
    )
    login = b64encode(f"{pbx.ari_user}:{pbx.ari_password}".encode()).decode()
    request = Request(f"{pbx.ari_url}/channels?{query}", method="POST")
    request.add_header("Authorization", f"Basic {login}")
    LOOPBACK.open(request, timeout=20).close()


def number(chance: random.Random) -> str:
    """Say what a caller dials."""
    return chance.choice(("5000", "5000", "5000", "5001", "5002", "5002", "5003"))


def script(chance: random.Random, dialled: str) -> Iterator[Action]:
    """Say what a caller does once answered."""
    yield Wait(chance.uniform(0.3, 10.0))
    if dialled == "5002":
        yield Keys("".join(chance.choices("0123456789", k=4)))
    elif dialled == "5000" and chance.random() < 0.7:
        yield Keys(chance.choice("1123"))
    if chance.random() < 0.5:
        yield Wait(chance.uniform(5.0, 25.0))
        yield HangUp()
    yield Stay(60)
