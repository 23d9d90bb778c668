"""Every hook, and what its answers are asked for later: one that raises, exits or gives rubbish harms nobody.

The plugins are files of a site, as a person writes them; each test has a good one beside the bad one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import pytest

from ivrcore.api import Candidate, PluginError, events
from ivrcore.check import check_site
from ivrcore.cli import main
from ivrcore.config import EngineChoice, LanguageSpeech, load_config
from ivrcore.dialplan.commands import Spoken
from ivrcore.errors import IvrError
from ivrcore.model.roster import QueueFacts
from ivrcore.plugin_manager import Plugins, load_plugins
from ivrcore.routing.rulebook import Rulebook
from ivrcore.samples import init_site
from ivrcore.session.prompts import Prompts

PERSONAL = "+49 89 1234"
RAISES = f"raise ValueError('{PERSONAL}')"
EXITS = f"raise SystemExit('{PERSONAL}')"
HEAD = "from types import SimpleNamespace\nfrom ivrcore.api import hookimpl\n"
GOOD = (
    HEAD
    + """
class ByName:
    name = "by_name"
    def key(self, candidate, options, now): return (candidate.agent,)
    def explain(self, candidate, options, now): return "first by name"

class Engine:
    name, language, waits, cost = "good", "en", 0, 0.02
    def recogniser(self, grammar): raise NotImplementedError
    def unknown_words(self, grammar): return frozenset()

class Voice:
    name, languages = "good", frozenset({"en", "de"})
    def speak(self, text, language):
        if language == "de": return BAD()
        return 16000, (b"\\x00\\x10" * 40 + b"\\x00\\xf0" * 40) * 100

seen = []

@hookimpl
def ivrcore_strategies(): return [ByName()]
@hookimpl
def ivrcore_recogniser(name): return Engine() if name == "good" else None
@hookimpl
def ivrcore_voice(name): return Voice() if name == "good" else None
@hookimpl
def ivrcore_event(seq): seen.append(seq)
"""
)
ANSWERS = ["return 5", "return 'x'", "return [Engine]", "yield 1", "return SimpleNamespace(name='bad')"]
STRATEGIES = [
    *ANSWERS,
    "return ['x']",
    "return [SimpleNamespace(name='bad', key=tuple)]",
    "return [SimpleNamespace(name=5, key=tuple, explain=str)]",
    "return [type('Bad', (), {'name': 'bad', 'key': tuple, 'explain': str})]",
    f"yield SimpleNamespace(name='bad', key=tuple, explain=str); {RAISES}",
    f"yield SimpleNamespace(name='bad', key=tuple, explain=str); {EXITS}",
]
MUTE = "class Mute(Exception):\n  def __str__(self): 1/0\nraise Mute"
OBSERVERS = ["return 5", "yield 1"]
STOPPED = events.ServerStopped(at=1.0, node="n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.py").write_text(GOOD)
    return tmp_path


def hook(name: str, body: str, prefix: str = "") -> str:
    return f"{HEAD}class Engine: pass\n@hookimpl\n{prefix}def {name}(): {body}\n"


def loaded(folder: Path, bad: str, *, trace: bool = False) -> tuple[Plugins, list[tuple[str, str]]]:
    (folder / "bad.py").write_text(bad)
    plugins = load_plugins(folder, trace=trace)
    failed: list[tuple[str, str]] = []
    plugins.on_failure = lambda plugin, hook, error: failed.append((plugin, hook))
    return plugins, failed


@pytest.mark.parametrize("body", [RAISES, EXITS, "import sys; sys.exit(0)", MUTE])
def test_a_file_that_fails_when_it_is_loaded(folder: Path, body: str) -> None:
    plugins, _ = loaded(folder, body + "\n")
    (problem,) = plugins.problems
    assert problem.plugin == "bad"
    assert problem.location is not None
    assert problem.location.file == str(folder / "bad.py")
    assert "good" in plugins.names


@pytest.mark.parametrize("body", [RAISES, EXITS, *STRATEGIES])
def test_strategies_that_fail(folder: Path, body: str) -> None:
    plugins, failed = loaded(folder, hook("ivrcore_strategies", body))
    assert {*plugins.routing().strategies} == {"by_name", *load_plugins().routing().strategies}
    (problem,) = plugins.problems
    assert problem.plugin == "bad"
    assert problem.location is not None
    assert problem.location.file == str(folder / "bad.py")
    assert PERSONAL not in str(problem)
    assert failed == [("bad", "ivrcore_strategies")]


DEAF = "return SimpleNamespace(name='bad', language='en', recogniser=str, unknown_words=set, waits=WAITS)"


@pytest.mark.parametrize("waits", ["-1", "True", "'many'"])
def test_a_recogniser_that_does_not_say_how_many_of_its_calls_wait(folder: Path, waits: str) -> None:
    plugins, _ = loaded(folder, hook("ivrcore_recogniser", DEAF.replace("WAITS", waits)))
    with pytest.raises(PluginError, match="`waits` is no number of calls"):
        plugins.recogniser("nobody's", "en", {})


@pytest.mark.parametrize("cost", ["0", "-1", "True", "'little'", "float('nan')", "float('inf')"])
def test_a_recogniser_that_does_not_say_what_it_costs(folder: Path, cost: str) -> None:
    body = DEAF.replace("WAITS", f"0, cost={cost}")
    plugins, _ = loaded(folder, hook("ivrcore_recogniser", body))
    with pytest.raises(PluginError, match="`cost` is no number above 0"):
        plugins.recogniser("nobody's", "en", {})


@pytest.mark.parametrize("body", [RAISES, EXITS, *ANSWERS])
@pytest.mark.parametrize("kind", ["recogniser", "voice"])
def test_a_recogniser_or_voice_that_fails(
    folder: Path, kind: str, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    plugins, failed = loaded(folder, hook(f"ivrcore_{kind}", body))

    def ask(name: str) -> object:
        return plugins.voice(name, {}) if kind == "voice" else plugins.recogniser(name, "en", {})

    # `good` is asked first, being loaded later; the bad one's turn comes with a name that it does not know
    assert getattr(ask("good"), "name", None) == "good"
    with pytest.raises(PluginError) as caught:
        ask("nobody's")
    assert caught.value.plugin == "bad"
    assert caught.value.location is not None
    assert caught.value.location.file == str(folder / "bad.py")
    assert failed == [("bad", f"ivrcore_{kind}")]
    assert "plugin bad failed" in caplog.text
    assert PERSONAL not in caplog.text + str(caught.value)


@pytest.mark.parametrize("prefix", ["", "async "])
@pytest.mark.parametrize("body", [RAISES, EXITS, *OBSERVERS])
def test_an_observer_that_fails(
    folder: Path, body: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "after.py").write_text(GOOD)  # asked after the bad one, as `good` is before it
    plugins, failed = loaded(folder, hook("ivrcore_event", body, prefix))
    observe = plugins.observer()
    for seq in (1, 2, 3):
        observe(seq, STOPPED)
    for name in ("good", "after"):
        assert seen_by(plugins, name) == [1, 2, 3]
    assert failed == [("bad", "ivrcore_event")]
    assert "plugin bad failed in ivrcore_event" in caplog.text
    assert PERSONAL not in caplog.text


def seen_by(plugins: Plugins, name: str) -> list[int]:
    (implementation,) = [each for each in plugins._asked("ivrcore_event") if each.plugin_name == name]
    seen: list[int] = implementation.plugin.seen  # type: ignore[attr-defined]
    return seen


def test_the_log_tells_the_way_to_an_error_and_its_text_only_while_tracing(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = f"{HEAD}def inner():\n    {RAISES}\n@hookimpl\ndef ivrcore_event(): inner()\n"
    for trace in (False, True):
        caplog.clear()
        plugins, _ = loaded(folder, bad, trace=trace)
        plugins.observer()(1, STOPPED)
        assert f"ValueError at {folder / 'bad.py'}:4" in caplog.text
        assert f"{folder / 'bad.py'}:4 inner" in caplog.text
        assert (PERSONAL in caplog.text) is trace


@pytest.mark.parametrize("body", [RAISES, EXITS, "return 5", "return (None,)", "yield {}"])
@pytest.mark.parametrize("method", ["key", "explain"])
def test_a_strategy_that_fails_in_a_call(folder: Path, method: str, body: str) -> None:
    good = {"key": "return (1,)", "explain": "return 'so'"} | {method: body}
    source = f"class Bad:\n  name = 'bad'\n  def key(self, c, o, n): {good['key']}\n"
    source += f"  def explain(self, c, o, n): {good['explain']}\n"
    plugins, _ = loaded(folder, f"{HEAD}{source}@hookimpl\ndef ivrcore_strategies(): return [Bad()]\n")
    rulebook = Rulebook(plugins.routing())
    bad, by_name = QueueFacts(name="q", strategy="bad"), QueueFacts(name="q2", strategy="by_name")
    candidate = Candidate("ann", 1.0)
    rulebook.rank(bad, candidate, 2.0)
    assert rulebook.explain(bad, candidate, 2.0)
    raised = body in (RAISES, EXITS) or method == "key"
    assert [failure.plugin for failure in rulebook.take_failures()] == (["bad"] if raised else [])
    assert rulebook.rank(by_name, candidate, 2.0)[0].failed == 0
    assert rulebook.take_failures() == []


@pytest.mark.parametrize(
    "body",
    [RAISES, EXITS, "return 5", "return 16000, 'x'", "return 16000, b'odd'", "return 1, b''", "return 8000,"],
)
def test_a_voice_that_fails_while_it_speaks(folder: Path, body: str) -> None:
    (folder / "good.py").write_text(GOOD + f"\ndef BAD(): {body}\n")
    voice = load_plugins(folder).voice
    back: SimpleQueue[Callable[[], None]] = SimpleQueue()
    choices = LanguageSpeech(voices=(EngineChoice("good"),))
    cache = folder / "cache"
    prompts = Prompts(folder, cache, {"en": choices, "de": choices}, voice, back.put)
    told: list[tuple[IvrError, ...]] = []
    prompts.prepare([(Spoken("Hallo", "de"), Spoken("Hello", "en"))]).addCallback(told.append)
    back.get(timeout=5)()
    assert prompts.stop()
    (problem,) = told[0]
    assert "the voice good failed" in problem.message
    assert PERSONAL not in str(problem)
    assert prompts.media((Spoken("Hello", "en"),))


@pytest.mark.parametrize(
    "bad", [f"{EXITS}\n", hook("ivrcore_strategies", EXITS), hook("ivrcore_strategies", "return 5")]
)
def test_check_reports_and_the_server_goes_on(
    tmp_path: Path, bad: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    init_site(site)
    assert list(check_site(site).errors) == []
    (site / "plugins/bad.py").write_text(bad)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(site)])
    assert ended.value.code == 1
    assert f"{site / 'plugins/bad.py'}:" in capsys.readouterr().out
    caplog.set_level(logging.ERROR)
    assert load_config(site, env={}).plugins.folder == site / "plugins"
    assert "plugin bad" in caplog.text
