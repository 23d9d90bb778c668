"""The links of a site with several PBXs: what each is told, and what they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from ivrcore.config import Config
from ivrcore.model.names import Device
from ivrcore.model.pbx import MAIN
from ivrcore.model.roster import AgentFacts
from ivrcore.service.link import make_pbxs
from ivrcore.service.switches import Switches
from ivrcore.telephony.ari.adopted import Before
from ivrcore.telephony.ari.pbxs import AWAY_SECONDS, GONE_SECONDS, Pbxs
from ivrcore.telephony.leg import Dial, Fetched
from tests.support.fake_pbx import FakePbx
from tests.unit.test_config_pbxs import read


class Told:
    """What befell the links."""

    def __init__(self) -> None:
        self.down: list[tuple[str, str]] = []

    def link_down(self, driver: str, reason: str) -> None:
        self.down.append((driver, reason))

    def orphan(self, what: str, name: str, action: str) -> None:
        raise AssertionError(what)


def two() -> tuple[Pbxs, FakePbx, FakePbx, Clock]:
    clock = Clock()
    first, busan = FakePbx(clock), FakePbx(clock)
    return Pbxs({MAIN: first, "busan": busan}, clock), first, busan, clock  # type: ignore[dict-item]  # doubles


def test_each_link_is_made_as_its_pbx_is_configured_and_has_a_name(tmp_path: Path) -> None:
    config = read(tmp_path).config
    assert isinstance(config, Config)
    told, up = Told(), []
    made = make_pbxs(config, Clock(), lambda: 0.0, told, lambda *news: up.append(news))  # type: ignore[arg-type]
    configs = {name: switch.server.config for name, switch in made.switches.items()}
    assert {name: (one.url, one.user, one.password, one.app, one.pbx) for name, one in configs.items()} == {
        "main": ("http://127.0.0.1:8088/ari", "hotline", "swordfish", "ivrcore-a", "main"),
        "busan": ("http://127.0.0.1:8089/ari", "hotline", "haddock", "ivrcore-a", "busan"),
    }
    switches = Switches(made, None, Clock())
    assert switches.links() == {"ari": False, "ari:busan": False}
    assert switches.reasons() == {"ari": "not started", "ari:busan": "not started"}
    made.switches["busan"].on_down("lost")
    made.switches["main"].on_down("refused")
    made.switches["busan"].on_up(3.0, "Asterisk 22")
    assert told.down == [("ari:busan", "lost"), ("ari", "refused")]
    assert up == [("busan", 3.0, "Asterisk 22")]
    assert [switches.met("busan"), switches.met("main")] == [False, True]


def test_a_leg_is_dialled_and_joined_at_the_pbx_of_its_contact() -> None:
    pbxs, first, busan, clock = two()
    there = pbxs.dial(Dial("c-busan~1.1.v1.o1.l", "c-busan~1.1.v1.o1.l", "PJSIP/bea"), lambda _: None)
    here = pbxs.dial(Dial("c-1.1.v1.o1.l", "c-1.1.v1.o1.l", "PJSIP/ann"), lambda _: None)
    assert ([*first.legs], [*busan.legs]) == ([here.id], [there.id])
    pbxs.join("c-busan~1.1.v1.o1.b", [there])
    clock.advance(0)
    assert ([*first.bridges], [*busan.bridges]) == ([], ["c-busan~1.1.v1.o1.b"])
    pbxs.part("c-busan~1.1.v1.o1.b")
    assert not busan.bridges
    busan.recordings["c-busan~1.1.s1"] = b"said"
    found: list[Fetched] = []
    pbxs.fetch_recording("c-busan~1.1.s1", found.append)
    clock.advance(0)
    pbxs.erase_recording("c-busan~1.1.s1")
    assert (found, busan.recordings) == ([b"said"], {})


def test_phones_of_one_name_at_two_pbxs_are_told_apart() -> None:
    pbxs, first, busan, clock = two()
    told: list[tuple[str, Device]] = []
    pbxs.watch_devices(["PJSIP/101", "busan~PJSIP/101", "gone~PJSIP/7"], lambda *news: told.append(news))
    clock.advance(0)
    assert sorted(told) == [("PJSIP/101", Device.IDLE), ("busan~PJSIP/101", Device.IDLE)]
    told.clear()
    busan.device("PJSIP/101", Device.BUSY)
    clock.advance(0)
    assert told == [("busan~PJSIP/101", Device.BUSY)]
    first.device("PJSIP/101", Device.UNREACHABLE)
    clock.advance(0)
    assert told[1:] == [("PJSIP/101", Device.UNREACHABLE)]


def test_a_phone_rung_by_a_trunk_is_its_own_pbxs_until_a_moment_after_the_call() -> None:
    pbxs, _, busan, clock = two()
    bea = AgentFacts(name="bea", endpoint="PJSIP/bea", pbx="busan", trunks={"main": "PJSIP/bea@b"})
    endpoint, home = bea.dialled_from("main"), bea.home_from("main")
    leg: Any = pbxs.dial(Dial("c-1.1.l", "c-1.1.l", endpoint, home=home), lambda _: None)
    assert busan.rung == {"c-1.1.l": "PJSIP/bea"}
    leg.hang_up()
    clock.advance(0)
    assert busan.rung == {"c-1.1.l": "PJSIP/bea"}, "the trunk's other end leaves the phone a little later"
    clock.advance(GONE_SECONDS)
    assert busan.rung == {}


def test_phones_of_a_link_that_stays_away_are_out_of_reach() -> None:
    pbxs, first, busan, clock = two()
    told: list[tuple[str, Device]] = []
    pbxs.watch_devices(["PJSIP/101", "busan~PJSIP/101"], lambda *news: told.append(news))
    clock.advance(0)
    told.clear()
    first.go_away()
    busan.go_away()
    clock.advance(AWAY_SECONDS / 2)
    first.come_back()
    clock.advance(AWAY_SECONDS)
    assert told == [("busan~PJSIP/101", Device.UNREACHABLE)]
    busan.come_back()
    assert told[1:] == [("busan~PJSIP/101", Device.IDLE)]


def test_phones_of_the_only_pbx_are_out_of_reach_as_soon_as_its_link_is_lost() -> None:
    clock = Clock()
    only = FakePbx(clock)
    reasons: list[str] = []
    only.on_down = reasons.append
    pbxs = Pbxs({MAIN: only}, clock)  # type: ignore[dict-item]  # a double
    told: list[tuple[str, Device]] = []
    pbxs.watch_devices(["PJSIP/101"], lambda *news: told.append(news))
    clock.advance(0)
    told.clear()
    only.go_away("cut")
    assert (told, reasons) == ([("PJSIP/101", Device.UNREACHABLE)], ["cut"])
    only.come_back()
    assert told[1:] == [("PJSIP/101", Device.IDLE)]


def test_each_pbx_is_told_of_its_own_callers_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    pbxs, first, busan, _ = two()
    told: dict[str, Before] = {}
    for name, switch in ((MAIN, first), ("busan", busan)):
        monkeypatch.setattr(
            switch, "begin_again", lambda before, name=name: told.update({name: before}), raising=False
        )
    pbxs.begin_again(Before(7, frozenset({"1.1", "busan~1.1", "busan~1.2"})))
    assert told == {
        MAIN: Before(7, frozenset({"1.1"})),
        "busan": Before(7, frozenset({"1.1", "1.2"})),
    }
