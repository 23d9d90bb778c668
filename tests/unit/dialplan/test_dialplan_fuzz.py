"""Any change to a dialplan that is right gives a dialplan or located errors, never a traceback, and soon."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import jsonschema
import pytest
from dialplan_sites import VALID, full_site, samples
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.config.plans import read_plan
from ivrcore.dialplan.parse import FIXED_NAMES
from ivrcore.problem_formats import JSON_SCHEMA, Format, formatted

pytestmark = pytest.mark.slow

TEXTS = [path.read_text() for path in [*VALID, *samples()]]
LINES = sorted({line for text in TEXTS for line in text.splitlines()})
FRAGMENTS = [
    "[{do: a}, return]",
    "[{if: x, then: [{if: y, then: [return]}], else: [{do: b}]}]",
    "{branch: [{if: 1, go: []}, {go: hang_up}, 3], else: {}}",
    "[{set: {a: '{a + 1}', call: 1}}]",
    "{collect: pin, prompt: p, length: 9-1, secret: no, confirm: yes}",
    "{confirm: Really?, yes: [{confirm: Sure?, no: [{goto: a}]}]}",
    "{identify: customers, prompt: [], into: {x: }}",
    "{lookup: x, with: [], into: {y: a.b}, default: {y: '{z'}}",
    "{contact: {priority: none, skills: {a: b}, tier: [1]}}",
    "{transfer: '{x}{', failed: [{transfer: 1}]}",
    "{record: complaints, prompt: {en: {}}}",
    "{emergency: now, number: []}",
    "{language: xx}",
    "{pause: -1s}",
    "&x [*x]",
    "*y",
    "!!python/object x",
    "{en: a, ko: b, en: c}",
    "'{hours.x.y:amount}'",
    "{say: [[[]]], play: {}}",
    "[" * 70,
    "{a: " * 70,
    '"\\ud800"',
    "? [a]\n: b",
    "|\n   text",
    "---",
    "{universals: {agent: {go: [{goto: m}]}}}",
    "universals: {agent: , help: {keys: [12, 1]}}",
    "languages: [en, en, k o]",
]
WORDS = st.sampled_from(
    [*sorted(FIXED_NAMES), "start", "main", "~", "", "'", "{{", "5s", "no", "ㅋ", "\t", "0x1"]
)
PIECES = st.sampled_from(FRAGMENTS) | st.sampled_from(LINES) | WORDS | st.text(max_size=12)
SOON = 5.0
"""Seconds of CPU for a dialplan of a few hundred lines: a hundred times what one takes."""


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A right dialplan with lines gone, swapped, said twice, replaced, or with another value or key."""
    lines = draw(st.sampled_from(TEXTS)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match draw(st.sampled_from(["drop", "swap", "twice", "line", "value", "key", "indent", "cut"])):
            case "drop":
                del lines[at]
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], line
            case "twice":
                lines.insert(at, line)
            case "line":
                lines[at] = draw(PIECES)
            case "value":
                lines[at] = f"{line.partition(': ')[0]}: {draw(PIECES)}"
            case "key":
                indent = len(line) - len(line.lstrip())
                lines[at] = " " * indent + f"{draw(PIECES)}: {line.partition(': ')[2]}"
            case "indent":
                lines[at] = draw(st.sampled_from(["  ", "    - ", "\t", ""])) + line.lstrip()
            case "cut":
                lines[at] = line[: draw(st.integers(0, len(line)))]
        lines = lines or [""]
    return "\n".join(lines)


def told(text: str) -> None:
    began = time.process_time()
    plan, problems = read_plan(text, "x.yaml", full_site())
    assert time.process_time() - began < SOON
    assert (plan is None) == bool(problems.errors)
    for problem in problems:
        assert problem.location.file == "x.yaml"
        assert problem.location.line >= 1
        assert problem.location.column >= 1
        assert problem.message
    jsonschema.validate(json.loads(formatted(problems, Format.JSON)), JSON_SCHEMA)
    if plan is not None:
        read_plan(text, "x.yaml", replace(full_site(), queues=(), skills=(), recordings=(), lookups=()))


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(changed())
def test_any_change_gives_a_dialplan_or_located_problems(text: str) -> None:
    told(text)


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.lists(PIECES, max_size=30).map("\n".join) | st.lists(PIECES, max_size=10).map(" ".join))
def test_any_pieces_give_a_dialplan_or_located_problems(text: str) -> None:
    told(text)


def test_what_is_nested_or_repeated_without_end_is_told_soon() -> None:
    deep = "[{if: x, then: " * 29 + "[hang_up]" + "}]" * 29
    long = " and ".join(["x"] * 500)
    head = "name: x\nnumbers: {'1': a}\nvariables: {x: 1}\n"
    for steps in (
        deep,
        "[{do: a}]",
        f"[{{if: {long}, then: [hang_up]}}]",
        "[" + "{say: hi}, " * 5_000 + "hang_up]",
    ):
        told(f"{head}blocks:\n  a: {steps}\n")
