"""Everything wrong with a dialplan is told at once, each with its place and a hint."""

from __future__ import annotations

from pathlib import Path

import pytest
from dialplan_caller import SAMPLES, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.dialplan import rules
from ivrcore.dialplan.check import Site, check_together, load_plan, plain_phrase
from ivrcore.dialplan.commands import Recorded, Spoken
from ivrcore.dialplan.parse import CORE_VERBS
from ivrcore.dialplan.texts import plain
from ivrcore.dialplan.verbs.say import Say
from ivrcore.problems import Problems
from ivrcore.speech.endpointing import TurnTaking

DOCS = Path(__file__).parents[3] / "docs/dialplan.md"
SITE = Site(queues={"general", "cards"}, skills={"english"}, recordings={"hello"})
FRAME = """name: x
numbers: {{"1": a}}
blocks:
  a: {steps}
  b: [{{say: hi}}]
menus:
  m: {menu}
"""
MENU = "{prompt: p, choices: {one: {say: one, keys: '1', go: hang_up}}, otherwise: hang_up}"


def told(text: str, site: Site = SITE) -> list[str]:
    plan, problems = load_plan(text, "x.yaml", site)
    assert (plan is None) == bool(problems.errors)
    return [str(problem) for problem in problems]


def steps(text: str) -> str:
    return FRAME.format(steps=text, menu=MENU)


def menu(text: str) -> str:
    return FRAME.format(steps="[{say: hi}, {menu: m}]", menu=text)


def choices(text: str) -> str:
    return menu("{prompt: p, choices: {" + text + "}, otherwise: hang_up}")


STEP_MISTAKES = [
    ("[{sya: hi}]", "4:8", "DP101", "did you mean 'say'?"),
    ("[xyz]", "4:7", "DP101", "known: answer, branch"),
    ("[{say: hi, queue: general}]", "4:17", "DP102", "a step of its own"),
    ("[{}]", "4:7", "DP102", "remove it"),
    ("[[say]]", "4:7", "YML103", "not a list"),
    ("[{say: ''}]", "4:13", "DP106", "nothing to say"),
    ("[{say: }]", "4:13", "DP106", "nothing to say"),
    ("[{play: []}]", "4:14", "DP106", "nothing to say"),
    ("[{say: [{paly: x}]}]", "4:15", "DP110", "did you mean 'play'?"),
    ("[]", "4:6", "DP107", "at least one step"),
    ("[{goto: c}]", "4:14", "DP201", "known: a, b, m"),
    ("[{menu: mm}]", "4:14", "DP201", "did you mean 'm'?"),
    ("[{menu: b}]", "4:14", "DP201", "write goto: b"),
    ("[{queue: card}]", "4:15", "DP202", "did you mean 'cards'?"),
    ("[{queue: cards, skills: {englsh: 2}}]", "4:31", "DP203", "did you mean 'english'?"),
    ("[{queue: cards, skills: {english: 0}}]", "4:40", "YML104", "from 1 to 100"),
    ("[{queue: cards, priority: much}]", "4:32", "YML103", "a whole number"),
    ("[{queue: cards, prority: 1}]", "4:22", "YML101", "did you mean 'priority'?"),
    ("[{hang_up: bsy}]", "4:17", "YML104", "did you mean 'busy'?"),
    ("[{answer: now}]", "4:16", "YML103", "write '- answer'"),
    ("[{play: helo}]", "4:14", "DP208", "did you mean 'hello'?"),
    ("[{goto: b}, {say: hi}]", "4:19", "DP209", "does not come back"),
    ("[{say: hi}, {goto: a}]", "4:6", "DP210", "queue"),
]
MENU_MISTAKES = [
    ("{prompt: p, choices: {}, otherwise: hang_up}", "7:3", "DP108", "no choices"),
    (
        "{choices: {one: {keys: '1', go: hang_up}}, otherwise: hang_up}",
        "7:6",
        "YML102",
        "'prompt' is missing",
    ),
    ("{prompt: p, choices: {one: {keys: '1', go: hang_up}}}", "7:6", "YML102", "'otherwise' is missing"),
    ("{prompt: p, otherwise: hang_up}", "7:6", "YML102", "'choices' is missing"),
    (MENU.replace("prompt", "accept: 0.5, prompt"), "7:7", "DP215", "above accept"),
    (MENU.replace("prompt", "timeout: 5, prompt"), "7:16", "YML103", "write it as 5s"),
    (MENU.replace("prompt", "no_input: [''], prompt"), "7:18", "DP106", "nothing to say"),
    (MENU.replace("otherwise: hang_up", "otherwise: [{goto: m}]"), "7:3", "DP211", "round for ever"),
]
CHOICE_MISTAKES = [
    ("one: {keys: '1'}", "7:33", "YML102", "'go' is missing"),
    ("one: {keys: '1,2', go: hang_up}", "7:40", "DP104", "a list"),
    ("one: {keys: x, go: hang_up}", "7:40", "DP104", "cannot be pressed"),
    ("one: {go: hang_up}", "7:28", "DP206", "add 'say:' or 'keys:'"),
    ("one: {keys: '1', say: '?!', go: hang_up}", "7:50", "DP214", "cannot be said"),
    ("o n e: {keys: '1', go: hang_up}", "7:28", "DP103", "no name"),
    ("otherwise: {keys: '1', go: hang_up}", "7:28", "DP103", "cannot be called"),
    ("a: {keys: '1', go: hang_up}, b: {keys: ['2', '1'], go: hang_up}", "7:73", "DP204", "is on line 7"),
    ("a: {say: Card, keys: '1', go: hang_up}, b: {say: 'c-a r d!', go: hang_up}", "7:77", "DP205", "'a'"),
    ("a: {say: [one, One], keys: '1', go: hang_up}", "7:43", "DP304", "twice"),
    ("a: {keys: '1', go: hang_up}, b: {keys: '12', go: hang_up}", "7:38", "DP303", "2 s"),
    ("a: {say: one, go: hang_up}", "7:3", "DP302", "recognition fails"),
]


@pytest.mark.parametrize(
    ("text", "where", "code", "words"),
    [(steps(text), *rest) for text, *rest in STEP_MISTAKES]
    + [(menu(text), *rest) for text, *rest in MENU_MISTAKES]
    + [(choices(text), *rest) for text, *rest in CHOICE_MISTAKES],
)
def test_a_mistake_is_told_with_its_place_and_a_hint(text: str, where: str, code: str, words: str) -> None:
    found = [line for line in told(text) if "DP301" not in line and "DP313" not in line]
    assert len(found) == 1, found
    assert found[0].startswith(f"x.yaml:{where}: ")
    assert f" {code}: " in found[0]
    assert words in found[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: x\nnumbers: {'1': a, '(1)': a}\nblocks: {a: [hang_up]}\n", "DP207"),
        ("name: x\nnumbers: {'1%': a}\nblocks: {a: [hang_up]}\n", "DP105"),
        ("name: x\nnumbers: {'1': b}\nblocks: {a: [hang_up]}\n", "DP201"),
        ("name: x\nnumbers: {'1': {start: a, ring: 2s}}\nblocks: {a: [hang_up]}\n", "YML104"),
        ("name: x\nnumbers: {'1': {answer: buzy}}\nblocks: {a: [hang_up]}\n", "YML104"),
        ("name: x\nblocks: {a: [hang_up]}\n", "YML102"),
        ("numbers: {'1': a}\nblocks: {a: [hang_up]}\n", "YML102"),
        ("name: x\nnumbers: {'1': a}\nblocks: {a: [hang_up], a: [answer]}\n", "YML004"),
        ("name: x\nnumbers: {'1': a}\nblocks: {a/b: [hang_up], a: [hang_up]}\n", "DP103"),
        (FRAME.format(steps="[hang_up]", menu=MENU).replace("b:", "m:"), "DP213"),
        (FRAME.format(steps="[{menu: m}]", menu=MENU).replace("x\n", "x\nlanguage: fr\n"), "DP212"),
        ("- 1", "YML103"),
        ("a: [", "YML001"),
    ],
)
def test_a_mistake_in_the_file_is_told(text: str, code: str) -> None:
    assert any(f"error {code}: " in line for line in told(text))


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = FRAME.format(
        steps="[{sya: 1}, {queue: x}, {goto: y}]", menu="{prompt: p, otherwise: [{queue: z}]}"
    )
    codes = [line.split(" ")[2] for line in told(text)]
    assert codes == ["DP101:", "DP202:", "DP201:", "YML102:", "DP202:"]


def test_what_nobody_can_come_to_is_a_warning() -> None:
    found = told(steps("[{say: hi}]"))
    assert [line.split(": ")[1] for line in found] == ["warning DP301", "warning DP301"]


def test_a_site_that_is_not_known_is_not_checked_against() -> None:
    assert told(steps("[{queue: anything, skills: {any: 1}}, {play: any}, {goto: b}]"), Site())[0].count(
        "DP301"
    )


def test_the_samples_are_right() -> None:
    site = Site(queues={"general", "cards", "loans"}, skills=(), recordings=())
    for file in SAMPLES.glob("*.yaml"):
        assert told(file.read_text(), site) == []


def test_numbers_and_names_of_several_dialplans_must_differ() -> None:
    problems = Problems()
    check_together([sample("hotline.yaml"), sample("hotline-ko.yaml")], problems)
    assert len(problems) == 0
    other, _ = load_plan("name: hotline\nnumbers: {'5000': a}\nblocks: {a: [hang_up]}\n", "other.yaml")
    assert other is not None
    check_together([sample("hotline.yaml"), other], problems)
    assert [(problem.code, problem.location.file) for problem in problems] == [("DP207", "other.yaml")] * 2


def test_prompts_of_texts_and_recordings() -> None:
    plan, _ = load_plan(steps("[{say: [Dear, {play: [hello, there]}, {say: friend}]}, {menu: m}]"), "x.yaml")
    assert plan is not None
    say = plan.blocks["a"].steps[0]
    assert isinstance(say, Say)
    parts = (Spoken("Dear", "en"), Recorded("hello"), Recorded("there"), Spoken("friend", "en"))
    assert plain(say.wording, "en") == parts
    assert parts in list(plan.prompts())
    assert "Did you say one?" in str(list(plan.prompts())[-1])
    assert [(file.text, file.location.line) for file in plan.files] == [("hello", 4), ("there", 4)]


def test_tuning_comes_from_menu_then_dialplan_then_built_in() -> None:
    text = menu(MENU.replace("prompt", "accept: 0.8, prompt")).replace("x\n", "x\ndefaults: {barge_in: no}\n")
    plan, _ = load_plan(text, "x.yaml")
    assert plan is not None
    one = plan.menus["m"]
    assert (one.timeout, one.barge_in, one.accept, one.confirm) == (5.0, False, 0.8, 0.7)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("end_silence: 100ms", "end_silence"),
        ("end_silence: 4s", "end_silence"),
        ("longest: 2m", "longest"),
        ("longest: 500ms", "longest"),
        ("barge_in: {after: 2s}", "barge_in of menu 'm': 'after'"),
        ("barge_in: {words: 0}", "barge_in of menu 'm': 'words'"),
        ("barge_in: {word: 1}", "barge_in of menu 'm'"),
        ("barge_in: maybe", "barge_in"),
        ("type_ahead: maybe", "type_ahead"),
    ],
)
def test_how_a_menu_listens_has_bounds(written: str, message: str) -> None:
    plan, problems = load_plan(menu(MENU.replace("prompt", f"{written}, prompt")), "x.yaml")
    (problem,) = problems
    assert plan is None
    assert message in str(problem)


def test_a_menu_says_of_itself_what_stops_its_prompt() -> None:
    top = "x\ndefaults: {barge_in: {after: 300ms}, longest: 20s}\n"
    for written, taking in (
        ("timeout: 4s", TurnTaking(None, 20.0, 0.3)),
        ("end_silence: 1s", TurnTaking(1.0, 20.0, 0.3)),
        ("barge_in: yes", TurnTaking(None, 20.0)),
        ("barge_in: {words: 2}", TurnTaking(None, 20.0, 0.0, 2)),
    ):
        plan, _ = load_plan(menu(MENU.replace("prompt", f"{written}, prompt")).replace("x\n", top), "x.yaml")
        assert plan is not None
        assert plan.menus["m"].taking == taking
        assert plan.menus["m"].barge_in


def test_the_version_tells_texts_apart() -> None:
    first, again, other = (load_plan(steps(f"[{{say: {word}}}]"), "x.yaml")[0] for word in ("a", "a", "b"))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.version == again.version != other.version


@pytest.mark.parametrize(
    ("one", "other"),
    [("Credit Card", "credit-card!"), ("상담원", "상담 원"), ("ＡＢ", "ab"), ("Straße", "STRASSE")],
)
def test_phrases_that_sound_the_same(one: str, other: str) -> None:
    assert plain_phrase(one) == plain_phrase(other) != ""


# --- any text -----------------------------------------------------------------------------------

LINES = [line for file in SAMPLES.glob("*.yaml") for line in file.read_text().splitlines()]
PIECES = sorted({word for line in LINES for word in line.replace(":", " ").split() if word.isalnum()})
WORDS = st.sampled_from([*PIECES, "goto", "confirming", "hang_up", "~", "5s", "no", "x"])
TREES = st.recursive(
    WORDS,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(WORDS, inner, max_size=5).map(
            lambda items: "{" + ", ".join(f"{key or 'k'}: {value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=25,
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=80) | TREES | st.lists(st.sampled_from(LINES), max_size=40).map("\n".join))
def test_any_text_is_a_dialplan_or_located_problems(text: str) -> None:
    plan, problems = load_plan(text, "x.yaml", SITE)
    assert (plan is None) == bool(problems.errors)
    assert all(problem.location.file == "x.yaml" and problem.location.line >= 1 for problem in problems)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_a_sample_with_a_line_gone_or_changed_is_a_dialplan_or_located_problems(data: st.DataObject) -> None:
    lines = list(LINES[: len((SAMPLES / "hotline.yaml").read_text().splitlines())])
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at : at + 1] = data.draw(st.lists(TREES | st.sampled_from(LINES), max_size=2))
    plan, problems = load_plan("\n".join(lines), "x.yaml", SITE)
    assert (plan is None) == bool(problems.errors)


# --- the reference ------------------------------------------------------------------------------


def test_the_reference_s_example_is_a_dialplan() -> None:
    example = DOCS.read_text().split("```yaml\n")[1].split("```")[0]
    assert told(example) == []


def test_every_verb_is_in_the_reference_and_every_code_is_its_own() -> None:
    assert all(next(iter(verb.keys)) == name for name, verb in CORE_VERBS.items())
    codes = [rule.code for rule in rules.RULES]
    assert len(codes) == len(set(codes)) > 20
