"""Announcements and the emergency switch over HTTP, on a real board."""

import json

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred

from ivrcore.announcements.live import Overtaken
from ivrcore.model import events as e
from ivrcore.web.access import Unauthorised
from tests.unit.web.test_web_api import BEARER, Answer, Site


@pytest.fixture
def site():
    made = Site()
    yield made
    made.hotline.board.stop()
    pytest_twisted.blockon(Deferred.fromCoroutine(made.server.stop()))


async def put(site: Site, path: str, **body: object) -> Answer:
    return await site.ask("PUT", f"/api/v1/{path}", BEARER, json.dumps(body).encode())


async def get(site: Site, path: str) -> dict:
    answer = await site.ask("GET", f"/api/v1/{path}", BEARER)
    assert answer.status == 200
    return answer.json


@ensureDeferred
async def test_an_announcement_is_posted_shown_and_withdrawn(site: Site) -> None:
    answer = await put(site, "announcements/fraud", author="kim", texts={"en": "Careful."}, numbers=["50 00"])
    assert answer.status == 200
    shown = answer.json["announcement"]
    since = shown.pop("since")
    assert shown == {
        "name": "fraud",
        "version": 1,
        "texts": {"en": "Careful."},
        "recording": "",
        "numbers": ["5000"],
        "whole": True,
        "starts": since,
        "ends": None,
        "in_force": True,
        "author": "admin (kim)",
        "via": "api",
    }
    assert (answer.json["changed"], answer.json["spoken"]) == (True, True)
    assert answer.json["warnings"] == ["callers in 'ko' will hear it in 'en'"]
    assert (await get(site, "announcements/fraud"))["announcement"]["version"] == 1
    assert len((await get(site, "announcements"))["announcements"]) == 1
    assert site.hotline.figures.notices.in_force(site.hotline.board.now()) == 1
    gone = await site.ask("DELETE", "/api/v1/announcements/fraud?author=lee", BEARER)
    assert (gone.status, gone.json) == (200, {"withdrawn": "fraud"})
    assert (await get(site, "announcements")) == {"announcements": []}
    assert (await site.ask("GET", "/api/v1/announcements/fraud", BEARER)).status == 404
    assert (await site.ask("DELETE", "/api/v1/announcements/fraud?author=lee", BEARER)).status == 404
    [posted] = [one for one in site.hotline.journal.events if isinstance(one, e.AnnouncementSet)]
    [withdrawn] = [one for one in site.hotline.journal.events if isinstance(one, e.AnnouncementWithdrawn)]
    assert (posted.author, withdrawn.author) == ("admin (kim)", "admin (lee)")


@ensureDeferred
async def test_the_emergency_switch_is_moved_shown_and_moved_back(site: Site) -> None:
    answer = await put(site, "emergency", author="kim", action="close", text="We are closed.")
    assert answer.status == 200
    assert answer.json["emergency"]["texts"] == {"en": "We are closed."}
    own = await put(site, "emergency/5001", author="kim", action="forward", number="+82 2 1234")
    assert own.json["emergency"]["number"] == "+8221234"
    switches = (await get(site, "emergency"))["emergency"]
    assert [(one["scope"], one["action"]) for one in switches] == [("all", "close"), ("5001", "forward")]
    assert (await get(site, "emergency/all"))["emergency"]["author"] == "admin (kim)"
    assert site.hotline.figures.notices.switches == {"all": "close", "5001": "forward"}
    await put(site, "emergency/all", author="lee", action="open")
    assert (await get(site, "emergency/all"))["emergency"]["action"] == "open"
    assert (await get(site, "emergency/5000"))["emergency"]["since"] is None


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("announcements/fraud", {"author": "a\nb", "texts": {"en": "a"}}, "author"),
        ("announcements/fraud", {"author": "a" * 65, "texts": {"en": "a"}}, "author"),
        ("announcements/fraud", {"author": "kim", "text": "a", "texts": {"en": "a"}}, "both"),
        ("announcements/fraud", {"author": "kim", "text": "a", "starts": "2026-11-22T09:00"}, "offset"),
        ("announcements/fraud", {"author": "kim", "text": "a", "voice": "slow"}, "voice"),
        ("announcements/fraud", {"author": "kim", "numbers": ["1"]}, "nothing to be heard"),
        ("announcements/a%2fb", {"author": "kim", "text": "a"}, "cannot be named"),
        ("emergency/1", {"author": "kim", "action": "close"}, "no dialplan"),
        ("emergency", {"author": "kim", "action": "explode"}, "action"),
        ("emergency", {"author": "kim", "action": "forward"}, "no number"),
    ],
)
@ensureDeferred
async def test_what_cannot_be_is_refused_with_a_hint(site: Site, path: str, body: dict, words: str) -> None:
    before = site.hotline.journal.last_seq
    answer = await put(site, path, **body)
    assert answer.status == 400
    assert words in answer.json["message"]
    assert answer.json["hint"]
    assert site.hotline.journal.last_seq == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "announcements", 404),
        ("PUT", "announcements/a/b", 404),
        ("DELETE", "announcements", 404),
        ("POST", "announcements/fraud", 405),
        ("DELETE", "emergency/all", 405),
    ],
)
@ensureDeferred
async def test_other_addresses_and_methods(site: Site, method: str, path: str, status: int) -> None:
    body = b'{"author": "kim", "text": "a"}'
    assert (await site.ask(method, f"/api/v1/{path}", BEARER, body)).status == status


@pytest.mark.parametrize("path", ["announcements/fraud", "emergency", "announcements", "emergency/all"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
@ensureDeferred
async def test_without_the_token_nothing_is_told_or_done(site: Site, method: str, path: str) -> None:
    before = site.hotline.journal.last_seq
    answer = await site.ask(method, f"/api/v1/{path}", {}, b'{"author": "kim", "text": "a"}')
    assert (answer.status, answer.json["error_id"]) == (401, Unauthorised.code)
    assert site.hotline.journal.last_seq == before


@ensureDeferred
async def test_an_overtaken_change_is_answered_409(site: Site) -> None:
    voice = site.hotline.voice
    voice.held = []
    older = site.ask("PUT", "/api/v1/announcements/fraud", BEARER, b'{"author": "kim", "text": "Wrong."}')
    first = Deferred.fromCoroutine(older)
    await voice.asked(1)
    second = Deferred.fromCoroutine(
        site.ask("PUT", "/api/v1/announcements/fraud", BEARER, b'{"author": "lee", "text": "Right."}')
    )
    await voice.asked(2)
    voice.release()
    refused, taken = await first, await second
    assert (refused.status, refused.json["error_id"]) == (409, Overtaken.code)
    assert taken.json["announcement"]["texts"] == {"en": "Right."}
