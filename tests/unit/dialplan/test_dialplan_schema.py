"""The JSON Schema of the language: kept in docs, made of the tables of keys, right about dialplans."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml
from dialplan_sites import VALID, full_site, samples, verbs

from ivrcore.dialplan.check import Site
from ivrcore.dialplan.keys import SECTIONS, Key, Kind
from ivrcore.dialplan.schema import dialplan_schema
from ivrcore.lab.large_plan import large_plan

KEPT = Path(__file__).parents[3] / "docs/dialplan.schema.json"


class Editor(yaml.CSafeLoader):
    """Reads as editors do, by YAML 1.2: `no` is a text, a date too."""

    yaml_implicit_resolvers: dict[str, list[object]] = {}


for tag, pattern, first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def faults(text: str, site: Site) -> list[str]:
    schema = dialplan_schema(site)
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(read(text))]


def read(text: str) -> object:
    return json.loads(json.dumps(yaml.load(text, Loader=Editor)))  # keys become texts, as in JSON


def plain_site() -> Site:
    return Site(verbs=verbs())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(dialplan_schema(full_site()))
    assert dialplan_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_kept_schema_is_current() -> None:
    made = json.dumps(dialplan_schema(plain_site()), indent=2, ensure_ascii=False) + "\n"
    assert KEPT.read_text() == made, "run: python -m ivrcore.reference"


def every_key() -> Iterator[tuple[str, Key]]:
    for name, section in SECTIONS.items():
        yield from ((f"{name}.{key.name}", key) for key in section.values())
    for verb, cls in verbs().items():
        yield from ((f"{verb}.{key.name}", key) for key in cls.keys.values())


@pytest.mark.parametrize(
    ("where", "key"), list(every_key()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_key_says_what_it_takes_and_means(where: str, key: Key) -> None:
    assert key.kind is not Kind.ANY, f"{where} has no kind"
    assert key.meaning
    assert bool(key.words) == (key.kind in (Kind.ONE_OF, Kind.SECTION))


@pytest.mark.parametrize("path", [*VALID, *samples()], ids=lambda path: path.stem)
def test_a_dialplan_that_is_right_fits(path: Path) -> None:
    assert faults(path.read_text(), plain_site()) == []


def test_a_large_dialplan_fits() -> None:
    assert faults(large_plan(30), plain_site()) == []


PLAN = (
    "name: x\nnumbers: {'1': a}\nblocks: {a: [hang_up]}\n"
    "menus: {m: {prompt: p, choices: {c: {keys: '1', go: hang_up}}, otherwise: hang_up}}\n"
)
BROKEN = [
    ("name: x\n", ""),
    ("numbers:", "nmubers:"),
    ("[hang_up]", "[]"),
    ("[hang_up]", "[hangup]"),
    ("[hang_up]", "[{say: hi, menu: m}]"),
    ("[hang_up]", "[{sya: hi}]"),
    ("[hang_up]", "[{hang_up: bsy}]"),
    ("[hang_up]", "[{queue: general, priority: much}]"),
    ("[hang_up]", "[{queue: general, skills: {english: 0}}]"),
    ("[hang_up]", "[{if: x}]"),
    ("[hang_up]", "[{collect: x}]"),
    ("[hang_up]", "[{collect: x, prompt: p, length: long}]"),
    ("[hang_up]", "[{collect: x, prompt: p, check: lun}]"),
    ("[hang_up]", "[{pause: 3}]"),
    ("[hang_up]", "[{branch: [{go: hang_up}]}]"),
    ("[hang_up]", "[{return: now}]"),
    ("[hang_up]", "[{contact: {prio: 3}}]"),
    ("{'1': a}", "{'1': {start: a, answer: buzy}}"),
    ("{'1': a}", "{'1': {start: a, ring: soon}}"),
    ("keys: '1'", "keys: x"),
    ("keys: '1'", "keyes: '1'"),
    ("otherwise: hang_up}}", "}}"),
    ("prompt: p", "prompt: {say: p, play: q, sing: r}"),
    ("prompt: p", "prompt: {English: p}"),
    ("prompt: p", "prompt: p, timeout: 5"),
    ("prompt: p", "prompt: p, barge_in: maybe"),
    ("prompt: p", "prompt: p, barge_in: {soon: 1s}"),
    ("prompt: p", "prompt: p, barge_in: {words: many}"),
    ("prompt: p", "prompt: p, end_silence: long"),
    ("prompt: p", "prompt: p, type_ahead: maybe"),
    ("blocks:", "hours: {h: {open: {mon: [[1]]}}}\nblocks:"),
    ("blocks:", "universals: {help: {kyes: '*'}}\nblocks:"),
]


@pytest.mark.parametrize(("right", "wrong"), BROKEN)
def test_a_broken_one_does_not_fit(right: str, wrong: str) -> None:
    assert right in PLAN
    assert faults(PLAN, plain_site()) == []
    assert faults(PLAN.replace(right, wrong, 1), plain_site()) != []


def test_a_site_s_names_are_offered() -> None:
    wrong = PLAN.replace("[hang_up]", "[{queue: other}]")
    assert faults(wrong, plain_site()) == []
    assert faults(wrong, full_site()) != []
    assert faults(wrong.replace("queue: other", "queue: general"), full_site()) == []


def test_hovering_tells_meaning_value_and_default() -> None:
    menu = dialplan_schema()["$defs"]["menu"]  # type: ignore[index]
    assert menu["properties"]["timeout"]["description"] == (
        "silence after the prompt that counts as no input (duration). Default: `5s`."
    )
