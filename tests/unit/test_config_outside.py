"""The sections about what lies outside: lookups, outside numbers, messages, supervisors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivrcore.config import (
    CONFIG_FILE,
    AgentRules,
    CallBackConfig,
    Config,
    IdentifyConfig,
    MailboxConfig,
    OutboundConfig,
    load_config,
    read_site,
)
from ivrcore.samples import sample

BASE = """\
asterisk: {password_file: secrets/ari}
web: {token_env: TOKEN}
journal: {key_file: secrets/key}
"""
ENV = {"TOKEN": "open sesame, would you", "CRM": "top secret"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans", "secrets"):
        (tmp_path / name).mkdir()
    for name, text in (("ari", "swordfish"), ("key", "0123456789abcdef" * 4), ("crm", "s3")):
        (tmp_path / "secrets" / name).write_text(text + "\n")
        (tmp_path / "secrets" / name).chmod(0o600)
    (tmp_path / "people.csv").write_text("number,tier\n1,gold\n")
    return tmp_path


def load(folder: Path, text: str) -> Config:
    (folder / CONFIG_FILE).write_text(BASE + text)
    return load_config(folder, env=ENV)


def told(folder: Path, text: str) -> list[str]:
    (folder / CONFIG_FILE).write_text(BASE + text)
    return [f"{p.location.line} {p.code}" for p in read_site(folder, ENV).problems]


def test_without_the_sections_nothing_is_allowed(folder: Path) -> None:
    config = load(folder, "")
    assert config.outbound == OutboundConfig()
    assert config.outbound.rules.allowed == ()
    assert (config.lookups, config.mailboxes) == ((), {})
    assert config.supervisors.file == folder / "secrets/supervisors"
    assert config.messages == folder / "var/messages"


def test_outside_numbers_are_read_in_their_one_form(folder: Path) -> None:
    config = load(
        folder,
        """\
outbound:
  trunk: PJSIP/{digits}@trunk
  country: "82"
  allowed: ["+82", "0044", "15"]
  denied: ["060", "+82 60"]
  caller_ids: {main: "+8215880000", branch: "0212345678"}
  caller_id: branch
  at_once: 4
  per_number: 7
  per_hour_anonymous: 2
  longest_call: 30m
  call_back: {tries: 2, gap: 1m, ring: 20s, most: 5, longest_wait: 2h, recognise: no}
""".replace('"+82 60"', '"+8270"'),
    )
    rules = config.outbound.rules
    assert rules.allowed == ("+82", "+44", "15")
    assert rules.denied == ("+8260", "+8270")
    assert (rules.caller_id, rules.at_once, rules.per_hour, rules.longest_call) == ("branch", 4, 20, 1800.0)
    assert (rules.per_number, rules.per_hour_anonymous) == (7, 2)
    assert rules.endpoint("+8221234567") == "PJSIP/8221234567@trunk"
    assert config.outbound.call_back == CallBackConfig(2, 60.0, 20.0, 5, 7200.0, recognise=False)


def test_a_lookup_has_its_plugins_keys_and_the_secret(folder: Path) -> None:
    config = load(
        folder,
        """\
lookups:
  crm:
    {kind: http, url: "https://crm.example/{number}",  secret_env: CRM,
      headers: {X: "{secret}"}, not_found: [404]}
  people: {kind: file, file: people.csv}
""",
    )
    crm, people = config.lookups
    assert (crm.name, crm.kind, crm.options["secret"]) == ("crm", "http", "top secret")
    assert (crm.options["headers"], crm.options["not_found"]) == ({"X": "{secret}"}, ["404"])
    assert people.options == {"file": "people.csv", "folder": str(folder)}
    assert "top secret" not in repr(config)


def test_mailboxes_and_supervisors(folder: Path) -> None:
    config = load(
        folder,
        "mailboxes: {complaints: {longest: 1m, most: 5}}\n"
        "supervisors: {file: s, tries: 3, within: 5m, numbers: [50 09]}\n",
    )
    assert config.mailboxes == {"complaints": MailboxConfig(60.0, 5)}
    assert load(folder, "").identify == IdentifyConfig(6, 12, 60, 3600.0)
    own = load(folder, "identify: {per_call: 3, per_caller: 9, per_hidden: 20, within: 30m}\n")
    assert own.identify == IdentifyConfig(3, 9, 20, 1800.0)
    assert own.agent_rules == AgentRules()
    ruled = load(folder, "agent_rules: {pause_reasons: [lunch, tea time], longest_wrap_up: 5m}\n")
    assert ruled.agent_rules == AgentRules(("lunch", "tea time"), 300.0)
    assert config.supervisors.numbers == ("5009",)
    assert (config.supervisors.file, config.supervisors.tries, config.supervisors.within) == (
        folder / "s",
        3,
        300,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lookups: {crm: {kind: sql}}\n", ["4 CFG211"]),
        ("lookups: {crm: {kind: http, url: nowhere}}\n", ["4 CFG211"]),
        ("lookups: {crm: {kind: http, url: 'http://127.0.0.1/', secret_file: none}}\n", ["4 CFG101"]),
        ("lookups: {crm: {}}\n", ["4 YML102"]),
        ("outbound: {country: '82', allowed: ['+82']}\n", ["4 YML102"]),
        ("outbound: {country: '82', trunk: PJSIP/trunk, allowed: ['+82']}\n", ["4 CFG212"]),
        ("outbound: {country: '82', trunk: 'PJSIP/{number}@t,s', allowed: ['+82']}\n", ["4 CFG212"]),
        ("outbound: {country: '82', trunk: 'PJSIP/{number}@t', allowed: ['+8 2']}\n", ["4 CFG212"]),
        ("outbound: {country: '82', trunk: 'PJSIP/{number}@t', allowed: ['+']}\n", ["4 CFG213"]),
        ("outbound: {country: '82', trunk: 'PJSIP/{number}@t', allowed: ['00']}\n", ["4 CFG213"]),
        ("outbound: {trunk: 'PJSIP/{number}@t', country: kr}\n", ["4 CFG212"]),
        ("outbound:\n  trunk: 'PJSIP/{number}@t'\n  allowed: ['+82']\n", ["6 CFG214"]),
        ("outbound:\n  trunk: 'PJSIP/{number}@t'\n  denied: ['060']\n  country: ''\n", ["6 CFG214"]),
        ("outbound: {trunk: 'PJSIP/{number}@t', per_number: many}\n", ["4 YML103"]),
        ("outbound: {trunk: 'PJSIP/{number}@t', international: [a]}\n", ["4 CFG212"]),
        ("outbound: {trunk: 'PJSIP/{number}@t', caller_ids: {main: kim}}\n", ["4 CFG212"]),
        ("outbound: {trunk: 'PJSIP/{number}@t', caller_id: main}\n", ["4 CFG212"]),
        ("outbound: {trunk: 'PJSIP/{number}@t', call_back: {ring: 90s}}\n", ["4 YML104"]),
        ("mailboxes: {a: {colour: red}}\n", ["4 YML101"]),
        ("mailboxes: {'a/b': {}}\n", ["4 CFG106"]),
        ("identify: {per_cal: 3}\n", ["4 YML101"]),
        ("supervisors: {colour: red}\n", ["4 YML101"]),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(folder: Path, text: str, expected: list[str]) -> None:
    assert told(folder, text) == expected


def test_the_samples_own_examples_can_be_used(folder: Path) -> None:
    text = sample("config").joinpath(CONFIG_FILE.name).read_text(encoding="utf-8")
    _, _, commented = text.partition("# What dialplans may ask")
    examples = re.sub(r"(?m)^# (?=[ a-z_]+:)", "", commented.partition("\n")[2])
    (folder / "config/customers.csv").write_text("who,pin\n")
    (folder / "config/customers.csv").chmod(0o600)
    for name, secret in (("crm.token", "s3"), ("agi", "5" * 48)):
        (folder / "secrets" / name).write_text(secret)
        (folder / "secrets" / name).chmod(0o600)
    config = load(folder, examples)
    assert config.fastagi is not None
    assert config.fastagi.numbers == ("welcome",)
    assert {one.name for one in config.lookups} == {"customer", "customers"}
    assert config.outbound.rules.per_hour == 40
    assert "complaints" in config.mailboxes
