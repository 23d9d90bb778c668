"""The web over real sockets: who may ask, what is answered, what is refused and how, who is cut off."""

import json
import socket
from http.client import HTTPConnection

import msgspec
import pytest
import pytest_twisted
from prometheus_client.parser import text_string_to_metric_families
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from ivrcore.errors import RequestRefused
from ivrcore.journal.record import Record
from ivrcore.model import events as e
from ivrcore.model.names import By, Outcome, PromptEnd
from ivrcore.routing.commands import LoadRoster, Prioritise, TalkOver
from ivrcore.web import bounds
from ivrcore.web.access import SESSION_SECONDS, Access, Unauthorised
from ivrcore.web.client import ApiClient, ServerAway
from ivrcore.web.endpoint import AT_A_TIME
from ivrcore.web.problems import RecentProblems
from ivrcore.web.view import AgentAction
from tests.web.router_hotline import AGENTS, QUEUES
from tests.web.served import TOKEN, Served

BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> dict:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


class Site(Served):
    """A server over the real router, and a blocking client on a thread."""

    async def ask(self, method: str, path: str, headers: dict | None = None, body: bytes = b"") -> Answer:
        return await deferToThread(self._ask, method, path, headers or {}, body)

    def _ask(self, method: str, path: str, headers: dict, body: bytes) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    async def raw(self, data: bytes) -> bytes:
        return await deferToThread(self._raw, data)

    def _raw(self, data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as client:
            client.sendall(data)
            got = b""
            while part := client.recv(65536):
                got += part
            return got


@pytest.fixture
def site():
    made = Site()
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.server.stop()))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/agents"),
        ("GET", "/api/v1/queues"),
        ("GET", "/api/v1/contacts"),
        ("POST", "/api/v1/agents/ann/ready"),
        ("DELETE", "/api/v1/subjects/5ab1ec7"),
        ("GET", "/metrics"),
    ],
)
@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
@ensureDeferred
async def test_given_no_or_a_wrong_token_then_401_and_nothing_happens(
    site: Site, method: str, path: str, given: dict
) -> None:
    answer = await site.ask(method, path, given)
    assert answer.status == 401
    assert answer.json["error_id"] == Unauthorised.code
    assert "Bearer" in answer.headers["www-authenticate"]
    assert site.hotline.figures.agents["ann"].state == "logged_out"


@ensureDeferred
async def test_an_agent_is_told_and_shown(site: Site) -> None:
    answer = await site.ask("POST", "/api/v1/agents/ann/ready", BEARER)
    assert (answer.status, answer.json["agent"]["state"]) == (200, "ready")
    site.hotline.now += 7.0
    answer = await site.ask("POST", "/api/v1/agents/ann/pause", BEARER, b'{"reason": "lunch"}')
    assert answer.json["agent"] == {
        "name": "ann",
        "display": "Ann Smith",
        "state": "paused",
        "seconds_in_state": 0.0,
        "reason": "lunch",
        "queues": ["loans", "cards"],
        "contacts": 0,
        "since": 1_000_007.0,
        "until": None,
        "then": "",
        "skills": {"loans": 3},
        "tiers": {"loans": 1, "cards": 1},
        "device": "unknown",
        "capacity": 1,
        "in_hand": [],
        "missed": 0,
        "last_talk": None,
    }
    assert (await site.ask("POST", "/api/v1/agents/hana%20kim/ready", BEARER)).status == 200
    assert (await site.ask("POST", "/api/v1/agents/ann/pause", BEARER)).status == 200
    assert (await site.ask("POST", "/api/v1/agents/ann/logout", BEARER)).json["agent"][
        "state"
    ] == "logged_out"
    listed = (await site.ask("GET", "/api/v1/agents", BEARER)).json["agents"]
    assert {agent["name"]: agent["state"] for agent in listed} == {
        "ann": "logged_out",
        "bob": "logged_out",
        "hana kim": "ready",
    }


@ensureDeferred
async def test_an_agent_takes_a_contact(site: Site) -> None:
    site.hotline.set_agent("ann", AgentAction.READY, "")
    site.hotline.enqueue("c1", "loans")
    site.hotline.set_agent("bob", AgentAction.READY, "")
    answer = await site.ask("POST", "/api/v1/agents/bob/take", BEARER, b'{"contact": "c1"}')
    assert (answer.status, answer.json["agent"]["state"]) == (200, "offered")
    again = await site.ask("POST", "/api/v1/agents/bob/take", BEARER)
    assert (again.status, again.json["message"]) == (409, "agent 'bob' is being offered a contact")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/api/v1/agents/anne/ready", b"", 404, "did you mean ann"),
        ("POST", "/api/v1/agents/ann/dance", b"", 404, "POST /api/v1/agents/NAME/ready"),
        ("POST", "/api/v1/agents", b"", 404, "POST /api/v1/agents/NAME/ready"),
        ("GET", "/api/v1/agents/ann", b"", 404, "GET /api/v1/agents"),
        ("POST", "/api/v1/agents/ann/pause", b"{", 400, "send JSON"),
        ("POST", "/api/v1/agents/ann/pause", b'{"why": "x"}', 400, "send JSON"),
        ("POST", "/api/v1/agents/ann/pause", b'{"reason": 5}', 400, "send JSON"),
        ("POST", "/api/v1/agents/ann/pause", b"\xff\xfe", 400, "send JSON"),
        ("POST", "/api/v1/agents/ann/take", b'{"who": "c1"}', 400, '{"contact": "c7"}'),
        ("POST", "/api/v1/agents/ann/take", b"", 409, "who is ready"),
        (
            "POST",
            "/api/v1/agents/ann/pause",
            json.dumps({"reason": "x" * 101}).encode(),
            400,
            "100 characters",
        ),
        ("POST", "/api/v1/agents/ann/pause", json.dumps({"reason": "a\nb"}).encode(), 400, "one line"),
        ("DELETE", "/api/v1/queues", b"", 405, "use GET"),
        ("GET", "/api/v1/subjects/5ab1ec7", b"", 405, "use DELETE"),
        ("DELETE", "/api/v1/subjects/nobody", b"", 404, "ContactArrived"),
        ("DELETE", "/api/v1/subjects", b"", 404, "ContactArrived"),
        ("POST", "/healthz", b"", 405, "use GET"),
        ("GET", "/logout", b"", 405, "use POST"),
        ("GET", "/nowhere", b"", 404, "docs/web.md"),
        ("GET", "/api/v2/agents", b"", 404, "docs/web.md"),
        ("PUT", "/api", b"", 404, "docs/web.md"),
    ],
)
@ensureDeferred
async def test_what_cannot_be_done_is_refused_with_a_hint(
    site: Site, method: str, path: str, body: bytes, status: int, words: str
) -> None:
    answer = await site.ask(method, path, BEARER, body)
    assert answer.status == status
    assert words in answer.json["hint"]
    assert answer.json["error_id"].startswith("IVR6")
    assert answer.json["message"]


@ensureDeferred
async def test_the_status_page_judges_a_service_level_by_the_queues_own_objective(site: Site) -> None:
    hotline = site.hotline
    one_late = {"contact": "c", "visit": "v", "queue": "loans", "offer": "o", "agent": "ann", "bridge": "b"}
    for n in range(10):
        hotline.record(e.VisitAnswered(at=hotline.now, waited=9.0, in_threshold=n > 0, **one_late))
    for objective, word in ((0.9, "good"), (0.95, "fair"), (0.96, "bad")):
        hotline.route(LoadRoster((msgspec.structs.replace(QUEUES[0], objective=objective),), AGENTS))
        page = (await site.ask("GET", "/", BEARER)).body.decode()
        assert f'<span class="{word}">90%</span>' in page, objective
    assert (await site.ask("GET", "/api/v1/queues", BEARER)).json["queues"][0]["objective"] == 0.96


@ensureDeferred
async def test_queues_and_contacts_say_what_the_figures_say(site: Site) -> None:
    site.hotline.busy_morning()
    queues = {q["name"]: q for q in (await site.ask("GET", "/api/v1/queues", BEARER)).json["queues"]}
    assert queues["loans"]["waiting"] == 2
    assert queues["loans"]["longest_wait"] == 59.0
    assert queues["loans"]["service_level"] == 1.0
    assert queues["<b>legal & co</b>"]["abandoned"] == 1
    assert queues["<b>legal & co</b>"]["service_level"] == 0.0
    contacts = (await site.ask("GET", "/api/v1/contacts", BEARER)).json["contacts"]
    assert {c["contact"]: c["place"] for c in contacts} == {
        "c1": "menu", "c2": "agent", "c3": "menu", "c4": "queue", "c5": "queue", "c6": "menu",
    }  # fmt: skip
    body = (await site.ask("GET", "/metrics", BEARER)).body.decode()
    waiting = [
        sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
        if sample.name == "ivrcore_queue_contacts_waiting" and sample.labels["queue"] == "loans"
    ]
    assert waiting == [2]


@ensureDeferred
async def test_contacts_say_what_they_wait_for_and_agents_what_they_have_in_hand(site: Site) -> None:
    hotline = site.hotline
    hotline.set_agent("ann", AgentAction.READY, "")
    hotline.enqueue("c1", "loans")
    hotline.enqueue("c2", "loans")
    hotline.route(Prioritise("c2", 7, "sue"))
    hotline.now += 3.0
    contacts = (await site.ask("GET", "/api/v1/contacts", BEARER)).json["contacts"]
    ring = {"contact": "c1", "queue": "loans", "agent": "ann", "phase": "ringing", "until": 1_000_022.0}
    first, second = (one["wait"] for one in contacts)
    assert first == {
        "position": 2,
        "priority": 0,
        "entered": 1_000_000.0,
        "waited": 3.0,
        "since": 1_000_000.0,
        "place": 1_000_000.0,
        "expected": None,
        "needs": "any agent of the queue",
        "step": 0,
        "why": "",
        "rung": [ring],
        "offers": 1,
        "call_back": False,
        "preferred": [],
        "through": [],
    }
    assert (second["position"], second["priority"], second["rung"]) == (1, 7, [])
    agents = (await site.ask("GET", "/api/v1/agents", BEARER)).json["agents"]
    assert agents[0]["in_hand"] == [ring]
    hotline.serve("c1", 2.0)
    hotline.set_agent("ann", AgentAction.PAUSE, "lunch")
    (agent, *_) = (await site.ask("GET", "/api/v1/agents", BEARER)).json["agents"]
    assert (agent["state"], agent["then"], agent["reason"]) == ("talking", "paused", "lunch")
    assert agent["in_hand"] == [{**ring, "phase": "talking", "until": None}]
    hotline.now += 60.0
    hotline.route(TalkOver("c1.v1.o1", By.CALLER))
    contacts = (await site.ask("GET", "/api/v1/contacts", BEARER)).json["contacts"]
    assert contacts[0]["wait"] is None
    (agent, *_) = (await site.ask("GET", "/api/v1/agents", BEARER)).json["agents"]
    assert (agent["until"], agent["last_talk"]) == (hotline.now + 10.0, hotline.now)


@pytest.mark.parametrize("count", [0, 1, AT_A_TIME, 2 * AT_A_TIME + 1])
@ensureDeferred
async def test_a_list_of_any_length_is_whole(site: Site, count: int) -> None:
    for number in range(count):
        site.hotline.enqueue(f"c{number}", "cards")
    answer = await site.ask("GET", "/api/v1/contacts", BEARER)
    assert [one["contact"] for one in answer.json["contacts"]] == [f"c{number}" for number in range(count)]


def test_a_contact_that_ends_while_the_list_is_made_is_left_out(site: Site) -> None:
    for number in range(3):
        site.hotline.arrive(f"c{number}")
    contacts = site.hotline.contacts()
    assert next(contacts).contact == "c0"
    site.hotline.record(e.ContactClosed(at=site.hotline.now, contact="c1", outcome=Outcome.SELF_SERVED))
    assert [one.contact for one in contacts] == ["c2"]


@ensureDeferred
async def test_metrics_come_in_the_format_asked_for(site: Site) -> None:
    text = await site.ask("GET", "/metrics", BEARER)
    assert text.headers["content-type"].startswith("text/plain")
    metrics = await site.ask(
        "GET", "/metrics", BEARER | {"Accept": "application/openmetrics-text; version=1.0.0"}
    )
    assert metrics.headers["content-type"].startswith("application/openmetrics-text")
    assert metrics.body.endswith(b"# EOF\n")


@ensureDeferred
async def test_probes_need_no_token_and_say_why(site: Site) -> None:
    assert (await site.ask("GET", "/healthz")).status == 200
    ready = await site.ask("GET", "/readyz")
    assert (ready.status, ready.json["ready"], ready.json["speech"]) == (200, True, {"vosk (en)": "ready"})
    site.hotline.record(e.LinkWentDown(at=site.hotline.now, driver="ari", reason="closed"))
    site.hotline.dialplans = 0
    site.hotline.journal.healthy = False
    ready = await site.ask("GET", "/readyz")
    assert ready.status == 503
    assert ready.json["reasons"] == [
        "the link to Asterisk (ari) is down",
        "no dialplan is loaded",
        "the journal cannot be written",
    ]
    alive = await site.ask("GET", "/healthz")
    assert (alive.status, alive.json) == (200, {"alive": True, "journal": False})
    assert (await site.ask("HEAD", "/healthz")).body == b""


@ensureDeferred
async def test_a_fault_of_ours_is_an_answer_without_a_trace_of_the_code(site: Site, monkeypatch) -> None:
    monkeypatch.setattr(site.hotline, "queues", lambda: 1 / 0)
    answer = await site.ask("GET", "/api/v1/queues", BEARER)
    assert (answer.status, answer.json["error_id"]) == (500, "IVR900")
    assert b"division" not in answer.body


@ensureDeferred
async def test_the_page_asks_for_the_token_once_and_forgets_at_logout(site: Site) -> None:
    first = await site.ask("GET", "/")
    assert (first.status, first.headers["location"]) == (303, "/login")
    wrong = await site.ask("POST", "/login", {}, b"token=guess")
    assert wrong.status == 401
    assert "set-cookie" not in wrong.headers
    assert b"That is not the token" in wrong.body
    right = await site.ask("POST", "/login", {}, b"token=" + TOKEN.replace(" ", "+").encode())
    assert (right.status, right.headers["location"]) == (303, "/")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    session = {"Cookie": cookie.partition(";")[0]}
    assert (await site.ask("GET", "/", session)).status == 200
    assert (await site.ask("GET", "/api/v1/agents", session)).status == 401
    assert (await site.ask("POST", "/logout", session)).headers["location"] == "/login"
    assert (await site.ask("GET", "/", session)).status == 303


@ensureDeferred
async def test_whoever_guesses_tokens_has_to_wait(site: Site) -> None:
    right = b"token=" + TOKEN.replace(" ", "+").encode()
    for second in range(5):
        site.steady = float(second)
        assert (await site.ask("POST", "/login", {}, b"token=guess")).status == 401
    refused = await site.ask("POST", "/login", {}, right)
    assert refused.status == 429
    assert b"try again in 60 seconds" in refused.body
    assert "set-cookie" not in refused.headers
    assert (await site.ask("GET", "/api/v1/agents", BEARER)).status == 200
    site.steady = 63.9
    assert (await site.ask("POST", "/login", {}, right)).status == 303


@ensureDeferred
async def test_a_session_ends_after_a_shift(site: Site) -> None:
    right = await site.ask("POST", "/login", {}, b"token=" + TOKEN.replace(" ", "+").encode())
    session = {"Cookie": right.headers["set-cookie"].partition(";")[0]}
    site.steady = SESSION_SECONDS + 1
    assert (await site.ask("GET", "/", session)).status == 303


@ensureDeferred
async def test_the_page_shows_the_hotline_and_escapes_what_it_shows(site: Site) -> None:
    site.hotline.busy_morning()
    answer = await site.ask("GET", "/", BEARER)
    page = answer.body.decode()
    for words in ("김하나", "lunch &amp; rest", "0:59", "Command play failed (IVR303, 500)", "A_T / (A + B)"):
        assert words in page
    assert "&lt;b&gt;legal &amp; co" in page
    assert "<script>" not in page
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    for asset, kind in (("/style.css", "text/css"), ("/refresh.js", "text/javascript")):
        got = await site.ask("GET", asset)
        assert (got.status, got.headers["content-type"]) == (200, f"{kind}; charset=utf-8")


@ensureDeferred
async def test_a_body_that_is_too_large_is_cut_off_announced_or_not(site: Site) -> None:
    head = b"POST /login HTTP/1.1\r\nHost: x\r\n"
    announced = await site.raw(head + b"Content-Length: 999999\r\n\r\n" + b"x" * 1000)
    assert announced.startswith(b"HTTP/1.1 413")
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    unannounced = await site.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 5)
    assert unannounced.startswith(b"HTTP/1.1 413")
    assert unannounced.count(b"HTTP/1.1") == 1


@ensureDeferred
async def test_a_request_that_trickles_is_cut_off(site: Site, monkeypatch) -> None:
    monkeypatch.setattr(bounds, "REQUEST_SECONDS", 0.3)

    def trickle() -> int:
        with socket.create_connection(("127.0.0.1", site.port), timeout=60) as client:
            sent = 0
            try:
                client.sendall(b"GET / HTTP/1.1\r\n")
                while sent < 100:
                    client.sendall(b"X")
                    sent += 1
                    client.settimeout(0.05)
                    try:
                        if client.recv(1) == b"":
                            break
                    except TimeoutError:
                        continue
            except OSError:
                pass
            return sent

    assert await deferToThread(trickle) < 50


@ensureDeferred
async def test_connections_are_bounded(site: Site, monkeypatch) -> None:
    monkeypatch.setattr(bounds, "MOST_CONNECTIONS", 2)
    held = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(2)]
    for client in held:
        client.sendall(b"GET ")
    await deferLater(reactor, 0)
    assert await site.raw(b"") == b""
    for client in held:
        client.close()
    for _ in range(500):
        await deferLater(reactor, 0.01)
        if not site.server._site.channels:
            break
    assert (await site.ask("GET", "/healthz")).status == 200


@ensureDeferred
async def test_a_subject_is_erased_once(site: Site) -> None:
    client = ApiClient(site.server.url, TOKEN)
    await deferToThread(client.erase_subject, "5ab1ec7")
    assert site.hotline.subjects == set()
    with pytest.raises(RequestRefused, match="no personal values"):
        await deferToThread(client.erase_subject, "5ab1ec7")
    with pytest.raises(RequestRefused, match="the disk is away") as told:
        await deferToThread(client.erase_subject, "undeletable")
    assert told.value.status == 500


def test_a_prompt_that_cannot_be_played_is_told_once() -> None:
    told: list[str] = []
    problems = RecentProblems(told.append)
    ends = [PromptEnd.FAILED, PromptEnd.FINISHED, PromptEnd.FAILED]
    for n, how in enumerate(ends):
        playback = f"c1.p{n}"
        started = e.PromptStarted(at=1.0, contact="c1", leg="c1.l1", playback=playback, name="welcome")
        problems.observe(Record(2 * n + 1, started))
        ended = e.PromptEnded(at=2.0, contact="c1", playback=playback, how=how)
        problems.observe(Record(2 * n + 2, ended))
    assert [problem.what for problem in problems.newest_first()] == told
    assert [words.split(":")[0] for words in told] == ["Prompt welcome could not be played"]


@ensureDeferred
async def test_the_client_of_the_command_line(site: Site) -> None:
    client = ApiClient(site.server.url, TOKEN)
    told = await deferToThread(client.set_agent, "hana kim", AgentAction.PAUSE, "lunch")
    assert (told["state"], told["reason"]) == ("paused", "lunch")
    assert len(await deferToThread(client.agents)) == 3
    assert len(await deferToThread(client.queues)) == 3
    assert await deferToThread(client.contacts) == []
    with pytest.raises(RequestRefused) as unknown:
        await deferToThread(client.set_agent, "nobody", AgentAction.READY)
    assert unknown.value.status == 404
    assert unknown.value.hint
    with pytest.raises(RequestRefused, match="token is missing or wrong"):
        await deferToThread(ApiClient(site.server.url, "wrong").agents)


def test_the_client_says_when_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ServerAway) as away:
            ApiClient(f"http://127.0.0.1:{port}", TOKEN).agents()
    assert "ivrcore serve" in away.value.hint
    with pytest.raises(RequestRefused, match="no address"):
        ApiClient("file:///etc/passwd", TOKEN)


def test_a_short_token_is_refused() -> None:
    with pytest.raises(RequestRefused, match="too short"):
        Access("secret", lambda: 0.0)
