"""Watches in a server: a faulty one harms no other, and families of one name are one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from ivrcore.api import Family, Standing, hookimpl
from ivrcore.config import WatchConfig
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.figures import Figures
from ivrcore.plugin_manager import Plugins
from ivrcore.service import watches as service_watches
from ivrcore.service.watches import Watches
from tests.support.aio import asyncio_test


class Thing:
    """A watch that tells its name, or raises."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.said: list[str] = []

    def start(self) -> None:
        self.said.append("start")
        if self.name == "lame":
            raise RuntimeError("no legs")

    async def stop(self) -> None:
        self.said.append("stop")
        if self.name == "stubborn":
            raise RuntimeError("never")
        if self.name == "endless":
            await asyncio.Event().wait()

    def families(self, now: float) -> Iterable[Family]:
        if self.name == "mute":
            raise RuntimeError("nothing to say")
        if self.name == "thief":
            return [Family("ivrcore_contacts_offered", "counter", (), "Not mine.")]
        return [Family("thing_seen", "gauge", ("thing",), "Seen.", (((self.name,), now),))]


class Teller(Thing):
    """One that tells how it does, or raises."""

    def standing(self) -> Standing:
        if self.name == "silent":
            raise RuntimeError("not a word")
        return Standing(up=False, since=3.0, sees="", error="no link", error_at=5.0)


class Maker:
    def __init__(self) -> None:
        self.made: dict[str, Thing] = {}

    @hookimpl
    def ivrcore_watch(self, name: str, kind: str) -> Thing | None:
        make = {"thing": Thing, "teller": Teller}.get(kind)
        return self.made.setdefault(name, make(name)) if make else None


def made(*names: str, kind: str = "thing") -> tuple[Watches, dict[str, Thing]]:
    plugins, maker = Plugins(), Maker()
    plugins.add(maker, "maker")
    return Watches([WatchConfig(name, kind) for name in names], plugins, lambda: 7.0), maker.made


@asyncio_test
async def test_given_a_watch_that_does_not_end_when_stopped_then_it_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service_watches, "STOP_SECONDS", 0.05)
    watches, things = made("one", "endless")
    watches.start()
    await watches.stop()
    assert things["one"].said == things["endless"].said == ["start", "stop"]
    assert "watch endless did not stop: TimeoutError" in caplog.text


@asyncio_test
async def test_given_a_watch_that_raises_when_started_or_stopped_then_the_others_go_on() -> None:
    watches, things = made("one", "lame", "stubborn", "two")
    watches.start()
    await watches.stop()
    assert things["one"].said == things["two"].said == ["start", "stop"]
    assert things["lame"].said == ["start"]


def test_given_two_watches_of_a_kind_when_shown_then_their_rows_are_in_one_family(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watches, _ = made("one", "mute", "two", "thief")
    (family,) = watches.families()
    assert family.rows == ((("one",), 7.0), (("two",), 7.0))
    watches.families()
    assert caplog.text.count("it has no metrics: RuntimeError") == 1
    assert caplog.text.count("ivrcore_contacts_offered is another one's name") == 1
    assert "nothing to say" not in caplog.text


def test_given_a_watch_when_scraped_then_its_metrics_are_on_the_page() -> None:
    watches, _ = made("one")
    collector = FiguresCollector(Figures(), lambda: 7.0)
    for accept in ("text/plain", "application/openmetrics-text; version=1.0.0"):
        body, _ = Exposition(collector, watches.families).render(accept)
        assert b'thing_seen{thing="one"} 7.0\n' in body
        assert body.count(b"# HELP thing_seen ") == 1


def test_given_a_kind_that_nobody_knows_when_made_then_it_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watches, _ = made("one", kind="other")
    assert watches.families() == []
    assert "no plugin knows the kind of watch other" in caplog.text


@asyncio_test
async def test_each_tells_how_it_does_as_far_as_it_can() -> None:
    watches, _ = made("one", "silent", "lame", kind="teller")
    watches.start()
    one, silent, lame = watches.views()
    assert (one.name, one.kind, one.up, one.since, one.error, one.error_at) == (
        "one", "teller", False, 3.0, "no link", 5.0,
    )  # fmt: skip
    assert (silent.up, silent.since, silent.error) == (None, None, "")
    assert (lame.up, lame.since, lame.error.split()[0]) == (False, 7.0, "RuntimeError")
    await watches.stop()
    (plain,) = made("two")[0].views()
    assert (plain.up, plain.error) == (None, "")
    (nobody,) = made("three", kind="other")[0].views()
    assert nobody.up is False
    assert "other" in nobody.error
