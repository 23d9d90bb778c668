"""`ivrcore call`: a conversation through a pipe; and whatever is typed, the answer is text."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.cli_tryout import call_command
from ivrcore.tryout.setting import Setting
from ivrcore.tryout.suite import run_paths
from ivrcore.tryout.terminal import Conversation
from ivrcore.tryout.terminal_commands import COMMANDS
from tests.unit.tryout.trial_tools import BANK, MORNING, plan_of

TWO_LANGUAGES = """
name: two
languages: [en, ko]
numbers: {"1": choose}
menus:
  choose:
    prompt: [{en: "For English, press 1."}, {play: chime}, {ko: 한국어는 2번을 눌러 주세요.}]
    choices: {en: {keys: "1", go: [hang_up]}}
    otherwise: [hang_up]
"""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    folder = tmp_path / "dialplans"
    folder.mkdir()
    (folder / "bank.yaml").write_text(BANK, encoding="utf-8")
    return folder / "bank.yaml"


def called(file: Path, typed: str, *options: str) -> str:
    arguments = [str(file), "--at", "2026-03-11 10:00", *options]
    result = CliRunner().invoke(call_command, arguments, input=typed)
    assert result.exception is None, result.output
    return result.output


def test_given_a_pipe_when_conversing_then_all_is_shown_in_order(bank: Path) -> None:
    shown = called(bank, "?0.8 two\nyes\n1\n:agent 12s\n:back 1m\n")
    parts = ["[en] Welcome.", "menu main", "0:00 main (5s)> ?0.8 two", "Did you say two?", "Two it is.",
             "waits in queue general", "queue general> :agent 12s", "0:12 talking, queue general> :back 1m",
             "[en] Thanks.", "the call has ended by the dialplan, cause normal: queued"]  # fmt: skip
    places = [shown.find(part) for part in parts]
    assert -1 not in places, shown
    assert places == sorted(places)
    assert "\x1b" not in shown


def test_given_a_prompt_in_several_languages_when_heard_then_each_text_has_its_own(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TWO_LANGUAGES, encoding="utf-8")
    shown = called(file, "").splitlines()
    at = shown.index("    [en] For English, press 1. <chime>")
    assert shown[at + 1] == "    [ko] 한국어는 2번을 눌러 주세요."


def test_given_options_when_calling_then_they_hold(bank: Path) -> None:
    assert "어서 오십시오" in called(bank, "", "--language", "ko")
    assert "Your PIN?" in called(bank, "", "--number", "5")
    result = CliRunner().invoke(call_command, [str(bank), "--at", "2026-03-11 22:00"], input=":time\n")
    assert "We are closed." in result.output
    assert "2026-03-11 22:00:00 KST" in result.output


def test_given_a_script_when_calling_then_its_lines_are_typed(bank: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("# a remark\n1\n:hangup\n")
    shown = called(bank, "", "--script", str(script))
    assert "waits in queue general" in shown
    assert "ended by the caller: queued" in shown
    assert "remark" not in shown


def test_given_a_broken_dialplan_when_calling_then_it_is_told_as_check_does(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("name: bad\nnumbers: {'1': nowhere}\n")
    result = CliRunner().invoke(call_command, [str(file)])
    assert "DP201" in str(result.exception)
    assert f"{file}:2:" in str(result.exception)


@pytest.mark.parametrize("option", [("--number", "99"), ("--at", "noon"), ("--language", "fr")])
def test_given_what_cannot_be_when_calling_then_it_is_refused(bank: Path, option: tuple[str, str]) -> None:
    result = CliRunner().invoke(call_command, [str(bank), *option])
    assert type(result.exception).__name__ == "ConfigError"


def test_given_secrets_when_looked_at_then_they_are_masked(bank: Path) -> None:
    shown = called(bank, "4711#\n1\n:vars\n", "--number", "4")
    assert "account = ***" in shown
    assert "4711" not in shown.replace("> 4711#", "")


def test_given_a_declared_variable_that_holds_a_secret_when_looked_at_then_it_is_shown_once(
    tmp_path: Path,
) -> None:
    file = tmp_path / "bank.yaml"
    declared = BANK.replace("{tier: ordinary}", '{tier: ordinary, account: "0000"}')
    assert declared != BANK
    file.write_text(declared, encoding="utf-8")
    _, before, after = called(file, ":vars\n4711#\n1\n:vars\n", "--number", "4").split(":vars")
    assert "account = '0000'" in before
    assert [line.strip() for line in after.splitlines() if "account" in line] == ["account = ***"]


def test_given_services_when_asked_then_the_tester_answers(bank: Path) -> None:
    shown = called(bank, "1111#\n:back no-answer\n:again\n1111#\n:lookup tier=gold\n", "--number", "5")
    assert "asks identify customers (who=***, pin=***)" in shown
    assert "Sorry." in shown
    assert "You are gold." in shown


def test_given_two_hypotheses_when_typed_then_the_second_is_asked_about_after_a_no(bank: Path) -> None:
    shown = called(bank, "?0.8 two ?0.75 one\nno\n1\n\n")
    assert shown.index("Did you say two?") < shown.index("Did you say one?")
    assert ":agent takes the call" in shown


def test_given_the_world_when_changed_then_the_call_meets_it(bank: Path) -> None:
    shown = called(bank, ":announce Beware of fraud\n\n:emergency close Go away\n1\n")
    assert "Beware of fraud Silence." in shown
    assert "Go away" in shown
    assert ":set-queue" in called(bank, ":set-queue\n:set-queue general waiting=5 ready=0\n:where\n")


def test_given_what_was_done_when_saved_then_it_is_a_test_that_passes(bank: Path) -> None:
    file = bank.parent / "tests/mine.yaml"
    called(bank, f"?0.8 two\nyes\n\n:set-queue general waiting=2\n1\n:agent\n:back\n:save {file} first one\n")
    called(bank, f"1111#\n:lookup tier=gold\n:save {file} who is it\n", "--number", "5")
    called(bank, f"5\n:save {file} left\n:hangup\n:save {file} and gone\n", "--language", "ko")
    report, _ = run_paths([bank.parent])
    assert [str(problem) for problem in report.problems] == []
    assert [one.test.name for one in report.results] == ["first one", "who is it", "left", "and gone"]
    assert [str(one.problem) for one in report.failed] == []


def test_given_a_file_that_cannot_be_used_when_saving_then_it_is_said(bank: Path) -> None:
    assert "is no file of call tests" in called(bank, f":save {bank}\n")
    assert "Not saved" in called(bank, ":save /proc/none/x.yaml\n")


def test_given_every_command_when_asked_for_help_then_it_is_listed(bank: Path) -> None:
    shown = called(bank, ":help\n:where\n:nonsense\n")
    for one in COMMANDS.values():
        assert f":{one.usage}" in shown
    assert "key 1: one" in shown
    assert "say first thing: one" in shown
    assert "There is no :nonsense" in shown


LINES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "1", "2", "21", "*", "!1", "one", "two", "?0.8 two", "yes", "no", "4711#", "!", "?"]
    ),
    st.builds(
        ":{} {}".format,
        st.sampled_from([name for name in COMMANDS if name != "save"]),
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(
                [
                    "5s",
                    "-1s",
                    "general waiting=5",
                    "tier=gold",
                    "x='",
                    "refused",
                    "close",
                    "forward 1",
                    "99999h",
                ]
            ),
        ),
    ),
)
PLAN = plan_of()


@pytest.mark.slow
@given(st.sampled_from(list(PLAN.numbers)), st.lists(LINES, max_size=12))
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
def test_given_any_lines_when_typed_then_the_answer_is_text(number: str, lines: list[str]) -> None:
    talk = Conversation(PLAN, Setting(number, MORNING))
    for line in lines:
        for shown in talk.take(line):
            assert isinstance(shown.text, str)
        assert talk.question().endswith("> ")
