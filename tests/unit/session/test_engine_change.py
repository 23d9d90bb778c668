"""Other recognisers under calls in progress: loaded beside the old, which go with their last utterance."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from ivrcore.config import EngineChoice, LanguageSpeech
from ivrcore.errors import ModelMissing
from ivrcore.session.listening import Decided
from ivrcore.speech.recogniser import Engine, Grammar, Hypothesis
from ivrcore.speech.standing import Change
from tests.support.engines import ScriptedEngine, Stall, broken, nothing
from tests.support.hearing_bench import Bench

WORDS = "1" * 20 + "0" * 30


class Plain(ScriptedEngine):
    """A scripted engine that its recognisers do not hold: so it goes when nobody has it."""

    def recogniser(self, grammar: Grammar) -> Answer:  # type: ignore[override]
        return Answer(self.answer())


class Answer:
    def __init__(self, heard: Sequence[Hypothesis]) -> None:
        self._heard = heard

    def feed(self, pcm: bytes) -> None:
        pass

    def partial(self) -> str:
        return ""

    def finish(self) -> Sequence[Hypothesis]:
        return self._heard


class Site(Bench):
    """A service whose engines are made by name when they are loaded, and held by nobody else."""

    def __init__(self) -> None:
        super().__init__()
        self.makes: dict[str, Callable[[], Engine]] = {}
        self.loads: list[str] = []
        self.ranks: list[tuple[str, int]] = []

    def _load(self, name: str, language: str, options: Mapping[str, str]) -> Engine:
        self.loads.append(name)
        return self.makes[name]()

    def _changed(self, language: str, rank: int, engine: str, change: Change) -> None:
        self.ranks.append((engine, rank))

    def take(self, *names: str) -> None:
        choices = tuple(EngineChoice(name) for name in names)
        done = self.service.take({"en": LanguageSpeech(recognisers=choices)})
        self.pump(lambda: done.called)

    def heard_by(self, turn: int) -> str:
        self.events.clear()
        self.say(self.listen(turn), WORDS)
        return self.decided().engine

    def offers(self, name: str, text: str = "sales", waits: int = 0) -> None:
        self.makes[name] = lambda: Plain(text, name=name, waits=waits)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    for name in ("old", "new", "spare"):
        made.offers(name)
    made.take("old")
    yield made
    assert made.service.stop()


def ref(site: Site) -> weakref.ref[Engine]:
    engine = site.service.ready("en")
    assert engine is not None
    return weakref.ref(engine)


def engines(site: Site) -> list[str]:
    return [one.name for one in site.service.status()["en"].engines]


def test_calls_go_on_with_the_old_engine_until_the_new_one_is_there(site: Site) -> None:
    stall = Stall()

    def slow() -> Engine:
        stall()
        return Plain("sales", name="new")

    site.makes["new"] = slow
    done = site.service.take({"en": LanguageSpeech(recognisers=(EngineChoice("new"),))})
    assert stall.entered.acquire(timeout=60)
    status = site.service.status()["en"]
    assert (status.changing, status.engine, status.loading) == (True, "old", False)
    assert site.heard_by(1) == "old"
    stall.released.set()
    site.pump(lambda: done.called)
    status = site.service.status()["en"]
    assert (status.changing, status.engine) == (False, "new")
    assert site.heard_by(2) == "new"


def test_who_is_listened_to_is_heard_to_the_end_and_then_the_old_engine_goes(site: Site) -> None:
    gc.collect()
    gc.disable()  # a model of half a gigabyte is not to wait for the collector
    try:
        old = ref(site)
        listening = site.listen(1)
        site.say(listening, "1" * 20)
        site.take("new")
        assert site.service.ready("en") is not old()
        assert old() is not None
        site.say(listening, "0" * 30)
        assert site.decided().engine == "old"
        del listening
        site.pump(lambda: old() is None)
    finally:
        gc.enable()


def test_one_that_was_never_asked_goes_at_once(site: Site) -> None:
    gc.disable()
    try:
        old = ref(site)
        site.take("new")
        site.pump(lambda: old() is None)
    finally:
        gc.enable()


def test_an_engine_s_own_threads_end_with_it(site: Site) -> None:
    site.offers("new", waits=3)
    site.take("new")

    def own() -> list[str]:
        return [thread.name for thread in threading.enumerate() if "ivrcore-new-en" in thread.name]

    assert site.heard_by(1) == "new"
    assert len(own()) == 3
    site.take("old")
    assert site.heard_by(2) == "old"
    site.pump(lambda: not own())


def test_an_engine_that_stays_is_not_loaded_again_and_keeps_its_place_in_the_new_order(site: Site) -> None:
    stays = ref(site)
    site.take("new", "old")
    assert site.loads == ["old", "new"]
    assert engines(site) == ["new", "old"]
    assert [one for one in [stays()] if one is None] == []
    site.take("old")
    assert site.service.ready("en") is stays()
    assert site.loads == ["old", "new"]


def test_what_cannot_be_loaded_takes_nothing_away(site: Site) -> None:
    def missing() -> Engine:
        raise ModelMissing("no such model")

    site.makes["new"] = missing
    site.take("new")
    status = site.service.status()["en"]
    assert (status.engine, [one.message for one in status.problems]) == ("old", ["no such model"])
    assert site.heard_by(1) == "old"
    site.take("new", "spare")
    status = site.service.status()["en"]
    assert (status.engine, [one.message for one in status.problems]) == ("spare", ["no such model"])


def test_what_could_not_be_loaded_is_tried_again_when_it_is_asked_for_again(site: Site) -> None:
    def missing() -> Engine:
        raise ModelMissing("no such model")

    site.makes["new"] = missing
    for _ in range(2):
        site.take("new")
        assert site.service.lacks
        assert len(site.service.status()["en"].problems) == 1
    site.take("old", "new")
    stays = ref(site)
    assert engines(site) == ["old"]
    site.offers("new")
    site.loads.clear()
    site.take("old", "new")
    assert (engines(site), site.loads) == (["old", "new"], ["new"])
    assert site.service.ready("en") is stays()
    assert not site.service.lacks
    site.take("old", "new")
    assert site.loads == ["new"]


def test_an_engine_that_stays_keeps_its_standing_and_its_cost(site: Site) -> None:
    failing = ScriptedEngine("sales", name="failing", on_finish=broken)
    site.makes["failing"] = lambda: failing
    site.take("failing", "old")
    assert site.heard_by(1) == "old"
    before = site.service.status()["en"].engines
    site.take("new", "failing", "old")
    first, *others = site.service.status()["en"].engines
    assert (first.name, first.serves) == ("new", True)
    assert others == [replace(one, rank=one.rank + 1) for one in before]
    assert [one.serves for one in others] == [False, True]
    # What becomes of it now is told of its new place.
    failing.on_finish = nothing
    site.take("failing", "old")
    site.ranks.clear()
    site.clock.advance(6)
    assert site.heard_by(2) == "failing"
    assert site.ranks == [("failing", 1), ("failing", 1)]


def test_a_change_that_is_taken_back_while_it_loads_does_not_happen(site: Site) -> None:
    stall = Stall()

    def slow() -> Engine:
        stall()
        return Plain("sales", name="new")

    site.makes["new"] = slow
    first = site.service.take({"en": LanguageSpeech(recognisers=(EngineChoice("new"),))})
    assert stall.entered.acquire(timeout=60)
    second = site.service.take({"en": LanguageSpeech(recognisers=(EngineChoice("old"),))})
    stall.released.set()
    site.pump(lambda: first.called and second.called)
    assert engines(site) == ["old"]
    assert not site.service.status()["en"].changing


def test_a_language_without_recognisers_takes_keys_and_may_have_them_again(site: Site) -> None:
    site.take()
    assert site.service.ready("en") is None
    site.events.clear()
    site.listen(1)
    site.clock.advance(0)
    assert site.gave_up().for_good
    done = site.service.take({})
    site.pump(lambda: done.called)
    assert site.service.status() == {}
    site.take("new")
    assert site.heard_by(2) == "new"


def test_nothing_is_loaded_where_nothing_changes(site: Site) -> None:
    site.take("old")
    assert site.loads == ["old"]
    assert isinstance(site.decided() if site.heard_by(1) else None, Decided)
