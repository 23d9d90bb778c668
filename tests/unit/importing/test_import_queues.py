"""queues.conf into queues and agents: what each line becomes, and that none is lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore import check, cli
from ivrcore.check import check_roster_file, check_site
from ivrcore.config import CONFIG_FILE
from ivrcore.importing.queues.words import NAMES, STRATEGIES
from ivrcore.importing.run import are_queues, import_roster
from ivrcore.plugin_manager import load_plugins
from ivrcore.samples import init_site
from tests.unit.importing.imports import SAMPLES

SAMPLE = SAMPLES / "queues/queues.conf"


@pytest.fixture(autouse=True, scope="module")
def plugins_once() -> Iterator[None]:
    """Load the plugins once for all checks: that is most of what they cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "load_plugins", lru_cache(load_plugins))
        yield


def conf(folder: Path, text: str, **files: str) -> tuple[Any, list[str]]:
    """Import a text; give what was written, and what is listed (line and code). What is written is sound."""
    for name, other in files.items():
        (folder / f"{name}.conf").write_text(other)
    source, output = folder / "queues.conf", folder / "out.yaml"
    source.write_text(text)
    imported = import_roster([source])
    assert imported.text is not None
    output.write_text(imported.text)
    assert not check_roster_file(output).errors, imported.text
    listed = [f"{problem.location.line} {problem.code}" for problem in imported.problems]
    return yaml.safe_load(imported.text), listed


def test_given_a_whole_file_when_imported_then_every_queue_and_agent_is_there() -> None:
    imported = import_roster([SAMPLE])
    assert imported.text is not None
    made = yaml.safe_load(imported.text)
    assert made["queues"]["support"] == {
        "strategy": "round_robin",
        "music": "default",
        "ring_time": "12s",
        "retry_after": "3s",
        "wrap_up": "10s",
        "threshold": "20s",
        "priority": 2,
        "position": "You are number {position} in the queue.",
        "expected_wait": "You will be helped in less than {minutes} minutes.",
        "comfort": [{"play": "busy-now"}, {"play": "please-wait"}],
        "announce_every": "30s",
        "join": {"empty": False, "waiting": 40},
        "leave_empty": True,
        "relaxation": {
            "name": "penalty_rules",
            "options": {"rules": [{"after": "30s", "max": 3, "min": 1}, {"after": "60s", "max": "+5"}]},
        },
    }
    assert made["queues"]["plain"] == {"strategy": "ring_all", "ring_time": "15s", "wrap_up": "0s"}
    assert made["agents"]["Kim-Lee"] == {
        "endpoint": "PJSIP/agent1",
        "display": "Kim Lee",
        "queues": {"support": {"tier": 0}, "sales-dept": {"weight": 0.5}},
    }
    assert made["agents"]["agent4"] == {"endpoint": "PJSIP/agent4", "queues": ["plain"]}
    assert [p.code for p in imported.problems.errors] == ["IMP106", "IMP106", "IMP109", "IMP106", "IMP002"]


def test_given_a_site_when_the_sections_are_put_in_then_its_check_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, output = tmp_path / "site", tmp_path / "queues.yaml"
    init_site(site)
    with pytest.raises(SystemExit) as ended:
        cli.main(["import", str(SAMPLE), "-o", str(output)])
    assert ended.value.code == 1
    assert "queues.conf:26:1: error IMP106: 'context' has no equal" in capsys.readouterr().out
    written = (site / CONFIG_FILE).read_text()
    before = written[: written.index("\nqueues:")]
    (site / CONFIG_FILE).write_text(f"{before}\n{output.read_text()}")
    for recording in ("busy-now", "please-wait", "for-sales"):
        (site / "prompts").mkdir(exist_ok=True)
        (site / "prompts" / f"{recording}.wav").write_bytes(b"RIFF")
    config = [problem for problem in check_site(site).errors if problem.code.startswith("CFG")]
    assert config == []


@pytest.mark.parametrize(("theirs", "ours"), [(name, ours) for name, (ours, _) in STRATEGIES.items()])
def test_given_a_strategy_when_imported_then_it_is_ours(tmp_path: Path, theirs: str, ours: str) -> None:
    made, _ = conf(tmp_path, f"[q]\nstrategy = {theirs}\nmember => PJSIP/a\n")
    assert made["queues"]["q"]["strategy"] == ours


@pytest.mark.parametrize(
    ("line", "key", "value", "listed"),
    [
        ("timeout = 0", "ring_time", "600s", ["2 IMP208"]),
        ("timeout = 25", "ring_time", "25s", []),
        ("maxlen = 0", "join", None, []),
        ("maxlen = 5", "join", {"waiting": 5}, []),
        ("joinempty = yes", "join", {"empty": True}, []),
        ("joinempty = no", "join", {"empty": False}, []),
        ("joinempty = strict", "join", {"empty": False}, ["2 IMP208"]),
        ("leavewhenempty = no", "leave_empty", False, []),
        ("leavewhenempty = strict", "leave_empty", True, ["2 IMP208"]),
        ("weight = 0", "priority", 0, []),
        ("weight = x", "priority", None, ["2 IMP106"]),
        ("autopause = all", "pause_after", 1, []),
        ("autopause = no", "pause_after", None, []),
        ("ringinuse = yes", "capacity", None, ["2 IMP207"]),
        ("strategy = fancy", "strategy", "ring_all", ["2 IMP106"]),
        ("musiconhold = my-music", "music", "my-music", []),
        ("musicclass = my music", "music", None, ["2 IMP106"]),
        ("announce-frequency = 0", "position", None, []),
        ("announce-frequency = 2", "announce_every", "5s", ["2 IMP208"]),
        ("periodic-announce = sorry", "comfort", [{"play": "sorry"}], ["2 IMP201"]),
        ("periodic-announce = sorry", "announce_every", "60s", ["2 IMP201"]),
        ("periodic-announce-frequency = 9", "comfort", None, []),
        ("defaultrule = none", "relaxation", None, ["2 IMP103"]),
        ("autofill = no", "autofill", None, ["2 IMP208"]),
        ("memberdelay = 0", "memberdelay", None, []),
        ("memberdelay = 2", "memberdelay", None, ["2 IMP207"]),
        ("setqueuevar = no", "setqueuevar", None, []),
        ("setqueuevar = yes", "setqueuevar", None, ["2 IMP106"]),
    ],
)
def test_given_a_setting_when_imported_then_it_is_written_or_listed(
    tmp_path: Path, line: str, key: str, value: object, listed: list[str]
) -> None:
    made, told = conf(tmp_path, f"[q]\n{line}\nmember => PJSIP/a\n")
    assert made["queues"]["q"].get(key) == value
    assert told == listed


def test_given_members_without_penalties_when_imported_then_they_are_mere_names(tmp_path: Path) -> None:
    made, _ = conf(tmp_path, "[a]\nmember => PJSIP/x\nmember => PJSIP/y,0\n[b]\nmember => PJSIP/x,0\n")
    assert made["agents"]["x"]["queues"] == ["a", "b"]


def test_given_penalties_in_one_queue_when_imported_then_the_others_members_stay_alike(
    tmp_path: Path,
) -> None:
    made, _ = conf(tmp_path, "[a]\nmember => PJSIP/x\nmember => PJSIP/y\n[b]\nmember => PJSIP/x,3\n")
    assert made["agents"]["x"]["queues"] == {"a": {}, "b": {"tier": 3}}
    assert made["agents"]["y"]["queues"] == ["a"]


def test_given_one_phone_under_two_names_when_imported_then_it_is_one_agent(tmp_path: Path) -> None:
    made, listed = conf(tmp_path, "[a]\nmember => PJSIP/x,0,Kim\n[b]\nmember => pjsip/x,0,Lee\n")
    assert list(made["agents"]) == ["Kim"]
    assert listed == ["4 IMP208"]


def test_given_two_phones_of_one_name_when_imported_then_they_are_two_agents(tmp_path: Path) -> None:
    made, _ = conf(tmp_path, "[a]\nmember => PJSIP/x,0,Kim\nmember => SIP/x,0,Kim\n")
    assert [agent["endpoint"] for agent in made["agents"].values()] == ["PJSIP/x", "SIP/x"]


def test_given_a_line_that_several_queues_take_over_when_listed_then_once(tmp_path: Path) -> None:
    _, listed = conf(tmp_path, "[t](!)\ncolour = red\n[a](t)\nmember => PJSIP/x\n[b](t)\nmember => PJSIP/y\n")
    assert listed == ["2 IMP106"]


def test_given_odd_queue_rules_when_imported_then_they_are_listed(tmp_path: Path) -> None:
    rules = "[r]\npenaltychange => x,1\nspeed = 3\npenaltychange => 10,a\n"
    made, listed = conf(tmp_path, "[q]\ndefaultrule = r\nmember => PJSIP/x\n", queuerules=rules)
    assert listed == ["2 IMP106", "3 IMP106", "4 IMP106"]
    assert "relaxation" not in made["queues"]["q"]


def test_given_names_when_asked_then_those_of_app_queue_are_known() -> None:
    assert are_queues([Path("queues.conf"), Path("/etc/asterisk/queues_sales.conf")])
    assert not are_queues([Path("extensions.conf")])
    assert not are_queues([])


keys = st.sampled_from([*NAMES, "colour", "Strategy", "member", "penaltychange"])
values = st.one_of(
    st.sampled_from([*STRATEGIES, "yes", "no", "0", "1", "30", "-1", "99999", "strict", "a,b", "", "r"]),
    st.builds(
        "{}/{},{},{}".format,
        st.sampled_from(["PJSIP", "Local", "Agent", "SIP", ""]),
        st.sampled_from(["a", "b@c/n", "ü", "x y", ""]),
        st.sampled_from(["", "0", "5", "-1", "1001", "x"]),
        st.sampled_from(["", "Kim", '"Lee, Jr"', "\x07", "yes", "null", "x" * 90]),
    ),
    st.text(max_size=12),
)
lines = st.one_of(
    st.builds("{} {} {}".format, keys, st.sampled_from(["=", "=>"]), values),
    st.builds(
        "[{}]{}".format,
        st.sampled_from(["a", "b c", "general", "", "x" * 80, "ü"]),
        st.sampled_from(["", "(!)", "(a)"]),
    ),
    st.sampled_from([";c", "#include x", "junk", ";-- open", "--;"]),
)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, database=None, derandomize=True)
@given(st.lists(lines, max_size=14))
def test_given_anything_when_imported_then_no_line_is_lost_and_what_is_written_is_sound(
    tmp_path_factory: pytest.TempPathFactory, text: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    _, listed = conf(folder, "\n".join(text), queuerules="[r]\npenaltychange => 5,1\n")
    assert not [one for one in listed if one.endswith("IMP901")]


@pytest.mark.parametrize(
    ("member", "display"),
    [
        ('PJSIP/x,0,"Kim, Jean"', "Kim, Jean"),
        ('PJSIP/x,0,"Kim, Jean",SIP/y', "Kim, Jean"),
        ('PJSIP/x,,"Kim Lee"', "Kim Lee"),
        ('PJSIP/x,0,Kim "the, first"', 'Kim "the, first'),
        ('PJSIP/x,0,Kim Lee",SIP/y', "Kim Lee"),
    ],
)
def test_given_a_members_name_in_quotes_when_imported_then_it_is_whole(
    member: str, display: str, tmp_path: Path
) -> None:
    made, _ = conf(tmp_path, f"[q]\nmember => {member}\n")
    (agent,) = made["agents"].values()
    assert agent["display"] == display
