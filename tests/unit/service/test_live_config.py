"""A configuration that is saved while the server runs: taken as a whole, or refused with reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from ivrcore.config import CONFIG_FILE, Config, read_site
from ivrcore.errors import PluginError
from ivrcore.location import Location
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.problems import Problem, Rule
from ivrcore.samples import init_site
from ivrcore.service.live_config import LiveConfig, Taken

GONE = Problem(Rule("DP202", "gone"), Location("bank.yaml", 7, 3), "queue 'loans' is not configured", "")


class Floor:
    """A site's folder, and what a server would do with its configuration."""

    def __init__(self, folder: Path, threads: str = "threads: 2", more: str = "") -> None:
        init_site(folder)
        self.file = folder / CONFIG_FILE
        for name in ("one.key", "two.key"):
            (folder / name).write_text(name.encode().hex()[:2] * 32)
            (folder / name).chmod(0o600)
        self.change("threads: 2", threads)
        self.file.write_text(self.file.read_text() + more)
        reading = read_site(folder)
        assert reading.config is not None
        self.taken: list[Config] = []
        self.prepared: list[Config] = []
        self.objecting: list[Problem] = []
        self.fails: PluginError | None = None
        self.again: list[Config] = []
        self.events: list[Event] = []
        self.live = LiveConfig(reading.config, reading.plugins, self, self.events.extend, lambda: 5.0)

    async def objections(self, config: Config) -> Sequence[Problem]:
        return self.objecting

    async def prepare(self, config: Config) -> None:
        self.prepared.append(config)

    def take(self, config: Config) -> None:
        if self.fails is not None:
            raise self.fails
        self.taken.append(config)

    def load_again(self, config: Config) -> None:
        self.again.append(config)

    def change(self, old: str, new: str) -> None:
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    async def reload(self, author: str = "kim") -> Taken:
        return await Deferred.fromFuture(asyncio.ensure_future(self.live.reload(author)))

    async def until(self, condition: Callable[[], object]) -> None:
        looking = LoopingCall(lambda: condition() and looking.stop())
        await looking.start(0.02).addTimeout(60, reactor)


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    return Floor(tmp_path / "site")


@ensureDeferred
async def test_a_new_strategy_is_taken_once_all_is_prepared(floor: Floor) -> None:
    before = floor.live.config
    floor.change("strategy: longest_idle", "strategy: random")
    taken = await floor.reload()
    (config,) = floor.taken
    assert floor.prepared == [config] == [floor.live.config]
    assert config.queues[0].strategy == "random"
    assert (taken.changed, taken.problems, taken.later) == (True, (), ())
    (told,) = floor.events
    assert isinstance(told, events.RosterChanged)
    assert (told.author, told.before, told.version) == ("kim", before.version, config.version)
    assert before.version != config.version


@ensureDeferred
async def test_nothing_changed_tells_nobody(floor: Floor) -> None:
    floor.file.write_text(floor.file.read_text() + "# a remark\n")
    taken = await floor.reload()
    assert (taken.changed, taken.problems, floor.taken, floor.events) == (False, (), [], [])


@ensureDeferred
async def test_a_broken_file_is_refused_once_with_its_place_until_it_is_mended(floor: Floor) -> None:
    floor.change("strategy: longest_idle", "strategy: longest_idel")
    taken = await floor.reload("")
    assert await floor.reload("") == taken
    assert floor.taken == []
    assert taken.version == floor.live.config.version
    (refused,) = floor.events
    assert isinstance(refused, events.RosterRefused)
    assert refused.code == taken.problems[0].code
    assert refused.place.startswith(f"{floor.file}:")
    (broken,) = floor.live.broken()
    assert (broken.file, broken.serving) == (str(CONFIG_FILE), taken.version)
    floor.change("longest_idel", "longest_idle")
    assert (await floor.reload("")).problems == ()
    assert floor.live.broken() == ()
    assert [type(one) for one in floor.events] == [events.RosterRefused, events.RosterChanged]


@ensureDeferred
async def test_what_dialplans_object_to_is_refused_whole(floor: Floor) -> None:
    floor.objecting = [GONE]
    floor.change("strategy: longest_idle", "strategy: random")
    assert (await floor.reload()).problems == (GONE,)
    assert floor.taken == []
    assert isinstance(floor.events[-1], events.RosterRefused)


@ensureDeferred
async def test_what_the_router_refuses_is_refused_too(floor: Floor) -> None:
    floor.fails = PluginError("no plugin provides it", plugin="x", hint="install it")
    floor.change("strategy: longest_idle", "strategy: random")
    taken = await floor.reload()
    assert [one.message for one in taken.problems] == ["no plugin provides it"]
    assert floor.live.config.queues[0].strategy == "longest_idle"


@ensureDeferred
async def test_other_sections_wait_for_a_restart_and_are_named(floor: Floor) -> None:
    floor.change("strategy: longest_idle", "strategy: random")
    floor.change("port: 8080", "port: 8081")
    taken = await floor.reload()
    assert (taken.changed, taken.later) == (True, ("web",))
    assert floor.taken[0].web.port == 8080
    assert floor.live.read.web.port == 8081
    told = floor.events[0]
    assert isinstance(told, events.RosterChanged)
    assert told.later == ("web",)


@pytest.mark.slow
@ensureDeferred
async def test_saving_the_file_is_enough(floor: Floor) -> None:
    floor.live.start()
    try:
        floor.change("strategy: longest_idle", "strategy: random")
        await floor.until(lambda: floor.taken)
        floor.file.unlink()
        await floor.until(floor.live.broken)
    finally:
        await Deferred.fromFuture(asyncio.ensure_future(floor.live.stop()))
    assert [type(one) for one in floor.events] == [events.RosterChanged, events.RosterRefused]


@pytest.mark.slow
@ensureDeferred
async def test_what_was_saved_while_the_server_started_is_taken(floor: Floor) -> None:
    floor.change("strategy: longest_idle", "strategy: random")
    floor.live.start()
    try:
        await floor.until(lambda: floor.taken)
    finally:
        await Deferred.fromFuture(asyncio.ensure_future(floor.live.stop()))
    assert floor.taken[0].queues[0].strategy == "random"


@pytest.mark.slow
@ensureDeferred
async def test_what_a_dialplan_objected_to_is_looked_at_again_once_that_is_mended(floor: Floor) -> None:
    floor.objecting = [GONE]
    floor.change("strategy: longest_idle", "strategy: random")
    floor.live.start()
    try:
        await floor.until(floor.live.broken)
        floor.objecting = []
        floor.live.look_again()
        await floor.until(lambda: floor.taken)
    finally:
        await Deferred.fromFuture(asyncio.ensure_future(floor.live.stop()))


@ensureDeferred
async def test_a_server_that_stops_takes_nothing_any_more(floor: Floor) -> None:
    floor.change("strategy: longest_idle", "strategy: random")
    reading = asyncio.ensure_future(floor.live.reload("kim"))
    await Deferred.fromFuture(asyncio.ensure_future(floor.live.stop()))
    assert not (await Deferred.fromFuture(reading)).changed
    assert (floor.taken, floor.events) == ([], [])


@ensureDeferred
async def test_a_change_that_only_waits_for_a_restart_is_told_once(floor: Floor) -> None:
    floor.change("port: 8080", "port: 8081")
    for _ in range(2):
        assert (await floor.reload()).later == ("web",)
    (told,) = floor.events
    assert isinstance(told, events.RosterChanged)
    assert (told.later, floor.taken) == (("web",), [])


KOREAN = """\
    ko:
      voices: [espeak]
"""


@ensureDeferred
async def test_a_queue_that_speaks_a_new_language_is_told_that_its_voice_waits_for_a_restart(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.change("\nqueues:", f"{KOREAN}\nqueues:")
    floor.change(
        "position: You are number {position} in the queue.",
        'position: {en: "You are number {position}.", ko: "{position}"}',
    )
    taken = await floor.reload()
    assert (taken.changed, taken.later, taken.problems) == (True, ("speech",), ())
    assert "ko" not in floor.taken[0].speech.languages
    (told,) = [one for one in caplog.messages if "CFG207" in one]
    assert "queue 'general' speaks 'ko', which has no voice yet" in told
    assert "voices change with a restart" in told
    assert "speech changed too, and takes effect with a restart" in caplog.text


@ensureDeferred
async def test_a_site_that_changes_its_language_is_told_that_its_voices_wait_for_a_restart(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.change("    en:\n", "    ko:\n")
    floor.change("language: en", "language: ko")
    floor.change("voices: [flite, espeak]", "voices: [espeak]")
    taken = await floor.reload()
    assert (taken.changed, taken.later) == (True, ("speech",))
    told = [one for one in caplog.messages if "CFG207" in one]
    assert len(told) == 3
    assert all("has no voice yet" in one for one in told)


@ensureDeferred
async def test_other_recognisers_take_effect_and_the_rest_of_speech_waits(floor: Floor) -> None:
    floor.change("recognisers: [vosk, pocketsphinx]", "recognisers: [pocketsphinx]")
    taken = await floor.reload()
    assert (taken.changed, taken.later) == (True, ())
    (config,) = floor.taken
    assert [one.name for one in config.speech.languages["en"].recognisers] == ["pocketsphinx"]
    floor.change("voices: [flite, espeak]", "voices: [espeak]")
    floor.change("threads: 2", "threads: 3")
    taken = await floor.reload()
    assert (taken.changed, taken.later) == (False, ("speech",))
    assert floor.live.config.speech == config.speech


@ensureDeferred
async def test_bounds_and_times_of_speech_take_effect_at_once(floor: Floor) -> None:
    floor.change(
        "threads: 2", "threads: 2\n  budget: 1.5\n  streams: 7\n  late: 2s\n  stall: 3s\n  longest: 8s"
    )
    taken = await floor.reload()
    assert (taken.changed, taken.later, taken.problems) == (True, (), ())
    speech = floor.taken[0].speech
    assert (speech.budget, speech.streams, speech.late, speech.stall, speech.longest) == (1.5, 7, 2, 3, 8)


KEEP = "threads: 2\n  keep: {consent: may_keep, key_file: one.key, longest: 30d}"


@ensureDeferred
async def test_what_is_kept_may_be_bounded_otherwise_and_ends_at_once(tmp_path: Path) -> None:
    keeping = Floor(tmp_path / "site", KEEP)
    keeping.change("consent: may_keep", "consent: asked")
    keeping.change("longest: 30d", "longest: 2d")
    assert (await keeping.reload()).later == ()
    keep = keeping.taken[0].speech.keep
    assert keep is not None
    assert (keep.consent, keep.longest) == ("asked", 2 * 86_400)
    keeping.change("key_file: one.key", "key_file: two.key")
    assert (await keeping.reload()).later == ("speech",)
    assert len(keeping.taken) == 1, "another key waits"
    keeping.change("keep: {consent: asked, key_file: two.key, longest: 2d}", "stall: 2s")
    assert (await keeping.reload()).later == ("speech",)
    assert keeping.taken[1].speech.keep is None


@ensureDeferred
async def test_keeping_begins_with_a_restart(floor: Floor) -> None:
    floor.change("threads: 2", KEEP)
    taken = await floor.reload()
    assert (taken.changed, taken.later, taken.problems) == (False, ("speech",), ())


@ensureDeferred
async def test_a_new_language_has_its_recognisers_at_once_and_one_that_is_gone_keeps_its_voices(
    floor: Floor,
) -> None:
    floor.change("\nqueues:", "    ko:\n      recognisers: [vosk]\n\nqueues:")
    assert (await floor.reload()).later == ()
    assert [one.name for one in floor.taken[0].speech.languages["ko"].recognisers] == ["vosk"]
    floor.change("    en:\n      recognisers: [vosk, pocketsphinx]", "    en:\n      recognisers: []")
    assert (await floor.reload()).later == ()
    english = floor.taken[1].speech.languages["en"]
    assert (english.recognisers, [one.name for one in english.voices]) == ((), ["flite", "espeak"])


@ensureDeferred
async def test_who_asks_has_what_could_not_be_loaded_tried_again_but_saving_does_not(floor: Floor) -> None:
    await floor.reload("")
    assert floor.again == []
    await floor.reload("kim")
    assert floor.again == [floor.live.config]
    assert floor.taken == []


@ensureDeferred
async def test_grammars_for_asterisks_dialplans_take_effect_and_their_port_waits(tmp_path: Path) -> None:
    aeap = "aeap: {token_file: one.key, port: 9100, grammars: {g: {phrases: [red]}}}\n"
    floor = Floor(tmp_path / "site", more=aeap)
    assert floor.live.config.aeap is not None
    floor.change("[red]", "[blue]")
    taken = await floor.reload()
    assert (taken.changed, taken.later) == (True, ())
    found = floor.taken[0].aeap
    assert found is not None
    assert [one.text for one in found.grammars["g"].grammar.phrases] == ["blue"]
    floor.change("port: 9100", "port: 9101")
    taken = await floor.reload()
    assert (taken.changed, taken.later) == (False, ("aeap",))
