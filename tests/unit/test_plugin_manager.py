"""Plugins: loaded one by one, called one by one."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ivrcore import plugin_contract
from ivrcore.api import Event, ModelMissing, PluginError, Step, VerbKey, events, hookimpl, observes, table
from ivrcore.dialplan.parse import CORE_VERBS
from ivrcore.model.names import Outcome
from ivrcore.plugin_manager import Plugins, describe, load_plugins

ARRIVED = events.ContactArrived(
    at=1.0, contact="c1", leg="c1.l1", channel="x", number="1000", plan="hotline", plan_version="1"
)

CLOSED = events.ContactClosed(at=2.0, contact="c1", outcome=Outcome.REFUSED)


class Strategies:
    def __init__(self, *names: str) -> None:
        self.strategies = [SimpleNamespace(name=name, key=tuple, explain=str) for name in names]

    @hookimpl
    def ivrcore_strategies(self) -> list[Any]:
        return self.strategies


class Raises:
    @hookimpl
    def ivrcore_strategies(self) -> list[Any]:
        raise KeyError("a personal value")

    @hookimpl
    def ivrcore_event(self, event: Event) -> None:
        raise RuntimeError("broken")

    @hookimpl
    def ivrcore_voice(self, name: str) -> None:
        raise RuntimeError("broken")


class Seen:
    def __init__(self) -> None:
        self.events: list[Event] = []

    @hookimpl
    def ivrcore_event(self, event: Event) -> None:
        self.events.append(event)


class SeesEnds(Seen):
    @hookimpl
    @observes(events.ContactClosed)
    def ivrcore_event(self, event: Event) -> None:
        self.events.append(event)


class Speaks:
    @hookimpl
    def ivrcore_voice(self, name: str, options: dict[str, str]) -> Any:
        return SimpleNamespace(name=name, languages={"en"}, speak=options.get) if name == "speaks" else None


class NoModel:
    @hookimpl
    def ivrcore_recogniser(self, name: str) -> Any:
        if name != "deaf":
            return None
        raise ModelMissing("no model", hint="fetch it")


def loaded(**plugins: object) -> Plugins:
    result = Plugins()
    for name, plugin in plugins.items():
        result.add(plugin, name)
    return result


def failures_of(plugins: Plugins) -> list[tuple[str, str, str]]:
    seen: list[tuple[str, str, str]] = []
    plugins.on_failure = lambda plugin, hook, error: seen.append((plugin, hook, describe(error)))
    return seen


class TestCalls:
    def test_a_plugin_that_raises_is_named_and_the_others_go_on(self) -> None:
        plugins = loaded(a=Strategies("one"), bad=Raises(), z=Strategies("two"))
        failures = failures_of(plugins)
        assert sorted(plugins.routing().strategies) == ["one", "two"]
        assert [(plugin, hook) for plugin, hook, _ in failures] == [("bad", "ivrcore_strategies")]
        assert [problem.plugin for problem in plugins.problems] == ["bad"]

    def test_a_failure_is_described_without_its_text(self) -> None:
        plugins = loaded(bad=Raises())
        failures = failures_of(plugins)
        plugins.routing()
        described = failures[0][2]
        assert described.startswith(f"KeyError at {__file__}:")
        assert "personal" not in described

    def test_first_result_asks_on_after_one_that_raised(self) -> None:
        plugins = loaded(speaks=Speaks(), bad=Raises())
        failures = failures_of(plugins)
        assert plugins.voice("speaks", {"speed": "2"}).name == "speaks"
        assert [plugin for plugin, _, _ in failures] == ["bad"]

    def test_the_latest_loaded_is_asked_first(self) -> None:
        plugins = loaded(builtin=Speaks(), mine=Speaks())
        assert plugins.implementations("ivrcore_voice") == ("mine", "builtin")

    def test_nobody_answers_and_one_raised(self) -> None:
        with pytest.raises(PluginError, match="plugin bad failed in ivrcore_voice: RuntimeError"):
            loaded(bad=Raises()).voice("speaks", {})

    def test_what_a_plugin_says_on_purpose_is_passed_on(self) -> None:
        plugins = loaded(deaf=NoModel())
        failures = failures_of(plugins)
        with pytest.raises(ModelMissing, match="no model"):
            plugins.recogniser("deaf", "ko", {})
        assert failures == []

    def test_nobody_knows_the_name(self) -> None:
        with pytest.raises(PluginError, match="no plugin knows the recogniser defa") as caught:
            loaded(deaf=NoModel()).recogniser("defa", "ko", {})
        assert "deaf" in caught.value.hint

    def test_where_a_removed_plugin_went(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(plugin_contract.REMOVED, "festival", "moved to the package ivrcore-festival")
        with pytest.raises(PluginError) as caught:
            loaded().voice("festival", {})
        assert caught.value.hint == "moved to the package ivrcore-festival"

    def test_every_call_can_be_traced_without_its_values(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "ivrcore.plugins")
        plugins = Plugins(trace=True)
        plugins.add(Speaks(), "speaks")
        plugins.add(Seen(), "seen")
        plugins.voice("speaks", {})
        plugins.observer()(1, ARRIVED)
        assert "hook ivrcore_voice(name: str, options: dict) -> speaks" in caplog.text
        assert "hook ivrcore_event(seq: int, event: ContactArrived) -> seen" in caplog.text


class TestStrategies:
    def test_all_of_all_plugins(self) -> None:
        plugins = loaded(a=Strategies("one", "two"), b=Strategies("three"))
        assert sorted(plugins.routing().strategies) == ["one", "three", "two"]

    def test_two_of_one_name_are_refused(self) -> None:
        with pytest.raises(PluginError, match="plugins b and a both give 'one' in ivrcore_strategies"):
            loaded(a=Strategies("one"), b=Strategies("one")).routing()


class TestObserver:
    def test_each_event_reaches_all_but_the_broken(self) -> None:
        seen, late = Seen(), Seen()
        plugins = loaded(seen=seen, bad=Raises(), late=late)
        failures = failures_of(plugins)
        plugins.observer()(1, ARRIVED)
        assert seen.events == late.events == [ARRIVED]
        assert [plugin for plugin, _, _ in failures] == ["bad"]

    def test_one_that_always_raises_does_not_flood(self) -> None:
        plugins = loaded(bad=Raises())
        failures = failures_of(plugins)
        observe = plugins.observer()
        for seq in range(1, 251):
            observe(seq, ARRIVED)
        assert len(failures) == 3  # the 1st, 10th and 100th

    def test_one_that_names_events_is_shown_those_only(self) -> None:
        ends, seen = SeesEnds(), Seen()
        plugins = loaded(ends=ends, seen=seen)
        assert {one.plugin: one.of for one in plugins.observers()} == {
            "ends": {events.ContactClosed},
            "seen": None,
        }
        observe = plugins.observer()
        observe(1, ARRIVED)
        observe(2, CLOSED)
        assert ends.events == [CLOSED]
        assert seen.events == [ARRIVED, CLOSED]

    @pytest.mark.parametrize("kinds", [(), (Event,), ("ContactClosed",), (ARRIVED,), (int,)])
    def test_what_names_no_class_of_events_is_refused_at_once(self, kinds: Any) -> None:
        with pytest.raises(TypeError, match="@observes"):
            observes(*kinds)

    def test_a_report_of_a_failure_does_not_cause_the_next(self) -> None:
        plugins = loaded(bad=Raises())
        observe = plugins.observer()
        reports: list[str] = []

        def report(plugin: str, hook: str, error: BaseException) -> None:
            reports.append(plugin)
            observe(0, events.PluginFailed(at=1.0, plugin=plugin, hook=hook, error=describe(error)))

        plugins.on_failure = report
        observe(1, ARRIVED)
        assert reports == ["bad"]


class TestLoading:
    def test_the_built_in_plugins_are_found(self) -> None:
        plugins = load_plugins()
        assert "log_calls" in plugins.names
        assert plugins.problems == []

    def test_a_disabled_one_is_left_out(self) -> None:
        assert "log_calls" not in load_plugins(disabled=["log_calls"]).names

    def test_disabling_an_unknown_one_is_a_problem(self) -> None:
        (problem,) = load_plugins(disabled=["log_cals"]).problems
        assert "log_cals" in problem.message
        assert "log_calls" in problem.hint

    def test_a_folder_with_good_and_bad_files(self, tmp_path: Path) -> None:
        (tmp_path / "good.py").write_text(
            "from ivrcore.api import hookimpl\n@hookimpl\ndef ivrcore_event(event): pass\n"
        )
        (tmp_path / "syntax.py").write_text("def f(:\n")
        (tmp_path / "imports.py").write_text("x = 1\nimport no_such_package_here\n")
        (tmp_path / "exits.py").write_text("\n\n1/0\n")
        (tmp_path / "_helper.py").write_text("1/0")
        plugins = load_plugins(tmp_path)
        assert "good" in plugins.names
        assert plugins.implementations("ivrcore_event")[0] == "good"
        told = {problem.plugin: str(problem) for problem in plugins.problems}
        assert sorted(told) == ["exits", "imports", "syntax"]
        assert f"{tmp_path / 'syntax.py'}:1:" in told["syntax"]
        assert f"{tmp_path / 'imports.py'}:2:" in told["imports"]
        assert f"{tmp_path / 'exits.py'}:3:" in told["exits"]

    def test_the_name_of_a_built_in_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "log_calls.py").write_text("")
        (problem,) = load_plugins(tmp_path).problems
        assert "two plugins are called log_calls" in problem.message
        assert load_plugins(tmp_path, ["log_calls"]).problems == []

    def test_a_file_that_anybody_may_write_is_not_run(self, tmp_path: Path) -> None:
        file = tmp_path / "loose.py"
        file.write_text("1/0")
        file.chmod(0o666)
        (problem,) = load_plugins(tmp_path).problems
        assert problem.hint == f"chmod o-w {file}"

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        (problem,) = load_plugins(tmp_path / "plugins").problems
        assert "is not there" in problem.message

    def test_a_file_is_run_once_per_process(self, tmp_path: Path) -> None:
        (tmp_path / "counted.py").write_text(f"open({str(tmp_path / 'runs')!r}, 'a').write('x')\n")
        load_plugins(tmp_path)
        load_plugins(tmp_path)
        assert (tmp_path / "runs").read_text() == "x"


class TestRefusals:
    def refusal(self, plugin: object) -> PluginError:
        plugins = Plugins()
        with pytest.raises(PluginError) as caught:
            plugins.add(plugin, "mine")
        assert plugins.names == ()
        return caught.value

    def test_a_misspelt_hook(self) -> None:
        class Misspelt:
            @hookimpl
            def ivrcore_recognizer(self, name: str) -> None: ...

        error = self.refusal(Misspelt())
        assert "ivrcore_recognizer, which is no hook" in error.message
        assert "ivrcore_recogniser" in error.hint

    def test_a_hook_without_its_decorator(self) -> None:
        class Bare:
            def ivrcore_event(self, event: Event) -> None: ...

        assert "without @hookimpl" in self.refusal(Bare()).message

    def test_an_argument_that_the_hook_has_not(self) -> None:
        class Wrong:
            @hookimpl
            def ivrcore_event(self, evnt: Event) -> None: ...

        assert "evnt" in self.refusal(Wrong()).message

    def test_a_wrapper(self) -> None:
        class Wraps:
            @hookimpl(wrapper=True)
            def ivrcore_event(self, event: Event) -> Any:
                return (yield)

        assert "wrappers are not supported" in self.refusal(Wraps()).message


class Greets(Step):
    verb = "greet"
    keys = table(VerbKey("greet", "text", "needed", "say hello"))


class GivesVerbs:
    def __init__(self, *verbs: Any) -> None:
        self.verbs = verbs

    @hookimpl
    def ivrcore_verbs(self) -> Any:
        return self.verbs


def test_verbs_of_plugins_stand_beside_the_built_in_ones() -> None:
    plugins = Plugins()
    plugins.add(GivesVerbs(Greets), "greeter")
    verbs = plugins.verbs()
    assert verbs["greet"] is Greets
    assert "say" in verbs
    assert not plugins.problems


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            type("Say", (Greets,), {"verb": "say", "keys": table(VerbKey("say", "", "", ""))}),
            "there is already",
        ),
        (type("Odd", (Greets,), {"verb": "odd"}), "whose own key is not the first"),
        (type("Nameless", (Greets,), {"verb": ""}), "among its verbs"),
        (object(), "among its verbs"),
    ],
)
def test_a_verb_that_is_none_is_named_and_the_others_work(given: Any, words: str) -> None:
    plugins = Plugins()
    plugins.add(GivesVerbs(given), "greeter")
    assert set(plugins.verbs()) == set(CORE_VERBS)
    assert words in str(plugins.problems[0])
    assert plugins.problems[0].plugin == "greeter"
