"""Codes that agents dial on their own phones: which there are, and what is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivrcore.config import AgentRules, FeatureCodes
from ivrcore.config.agent_words import SAID
from ivrcore.config.feature_codes import OF_PINS, USUAL
from ivrcore.dialplan.commands import Spoken
from ivrcore.model.names import CodeAnswer, PhoneCode
from tests.unit.test_config_outside import folder, load, told

__all__ = ["folder"]

SPEECH = "speech: {languages: {en: {voices: [flite]}}}\n"


def test_there_are_none_until_a_site_wants_them(folder: Path) -> None:
    assert load(folder, "").feature_codes == FeatureCodes()
    assert load(folder, "feature_codes: no\n").feature_codes == FeatureCodes()
    assert FeatureCodes().read("*11") is None
    assert list(FeatureCodes().patterns()) == list(FeatureCodes().prompts(AgentRules())) == []
    assert load(folder, "feature_codes: yes\n").feature_codes == FeatureCodes(USUAL)


def test_a_site_chooses_codes_and_leaves_some_out(folder: Path) -> None:
    codes = load(
        folder,
        "agent_rules: {longest_wrap_up: 10m}\nlanguage: ko\n"
        'feature_codes: {login: "700", logout: no, wrap_up: "*5", extend: 2m, say: {ready: Go on.}}\n',
    ).feature_codes
    assert codes.codes == {
        PhoneCode.LOGIN: "700",
        PhoneCode.PAUSE: "*13",
        PhoneCode.READY: "*14",
        PhoneCode.WRAP_UP: "*5",
    }
    assert (codes.extend, codes.language) == (120.0, "ko")
    assert codes.prompt(CodeAnswer.READY) == (Spoken("Go on.", "ko"),)
    assert codes.prompt(CodeAnswer.NO_AGENT) == (Spoken("등록된 상담원의 전화가 아닙니다.", "ko"),)
    assert codes.in_words(PhoneCode.WRAP_UP) == "별표 5"


@pytest.mark.parametrize(
    ("dialled", "read"),
    [
        ("*11", (PhoneCode.LOGIN, "")),
        ("*13", (PhoneCode.PAUSE, "")),
        ("*132", (PhoneCode.PAUSE, "2")),
        ("*1530", (PhoneCode.WRAP_UP, "30")),
        ("*111", None),
        ("*13*", None),
        ("*130212345678", None),
        ("*1", None),
        ("", None),
    ],
)
def test_digits_may_follow_some(dialled: str, read: tuple[PhoneCode, str] | None) -> None:
    assert FeatureCodes(USUAL).read(dialled) == read


def test_asterisk_takes_the_codes_and_what_is_nearly_one() -> None:
    assert list(FeatureCodes(USUAL).patterns()) == ["*11", "*12", "*13", "*14", "*15", "_*1X", "_*1X."]
    mixed = {PhoneCode.LOGIN: "700", PhoneCode.PAUSE: "*3", PhoneCode.READY: "#4"}
    assert list(FeatureCodes(mixed).patterns()) == ["700", "*3", "#4", "_*3X", "_*3X."]
    assert list(FeatureCodes({PhoneCode.LOGIN: "*11"}).patterns()) == ["*11"]


@pytest.mark.parametrize(
    ("codes", "line"),
    [
        ('{login: "*1a"}', 4),
        ('{login: "1"}', 4),
        ('{login: "*12"}', 4),
        ('{ready: "*139"}', 4),
        ("{extend: 45m}", 4),
        ("{say: {redy: Go.}}", 4),
        ("{pauses: 3}", 4),
    ],
)
def test_what_cannot_be_is_told(folder: Path, codes: str, line: int) -> None:
    problems = told(folder, f"feature_codes: {codes}\n" + SPEECH)
    assert len(problems) == 1
    assert problems[0].startswith(f"{line} ")


def test_a_language_without_words_is_answered_in_english_unless_the_site_has_them_all(
    folder: Path,
) -> None:
    assert load(folder, "language: fr\nfeature_codes: yes\n").feature_codes.language == "en"
    own = ", ".join(f"{answer}: Bon" for answer in CodeAnswer)
    codes = load(folder, f"feature_codes: {{language: fr, say: {{{own}}}}}\n").feature_codes
    assert codes.prompt(CodeAnswer.READY) == (Spoken("Bon", "fr"),)
    assert told(folder, "language: ko\nfeature_codes: yes\n" + SPEECH) == ["5 CFG207"]


@pytest.mark.parametrize("language", SAID)
def test_every_answer_has_its_words_and_all_of_them_are_spoken_before_the_first_call(language: str) -> None:
    rules = AgentRules(pause_reasons=("lunch", "tea"), longest_wrap_up=600.0)
    codes = replace(FeatureCodes(USUAL), language=language, texts=SAID[language])
    assert set(codes.texts) == set(CodeAnswer)
    spoken = set(codes.prompts(rules))
    assert not [one for prompt in spoken for one in prompt if "{" in str(one)]
    assert codes.prompt(CodeAnswer.PAUSED_FOR, {"reason": "tea"}) in spoken
    assert {codes.prompt(CodeAnswer.EXTENDED, {"minutes": str(one)}) for one in range(1, 11)} < spoken


def test_pins_are_asked_for_where_a_file_is_named_and_spoken_only_then(folder: Path) -> None:
    codes = load(folder, "feature_codes: {pins: secrets/agents}\n").feature_codes
    assert codes == FeatureCodes(USUAL, pins=folder / "secrets/agents")
    asked = codes.prompt(CodeAnswer.ENTER_PIN)
    assert asked in list(codes.prompts(AgentRules()))
    assert asked not in list(FeatureCodes(USUAL).prompts(AgentRules()))


def test_a_language_of_the_sites_own_needs_words_for_pins_only_where_they_are_asked_for(folder: Path) -> None:
    own = ", ".join(f"{answer}: Hallo" for answer in CodeAnswer if answer not in OF_PINS)
    for pins, language in (("", "de"), ("pins: agents, ", "en")):
        text = f"feature_codes: {{{pins}language: de, say: {{{own}}}}}\n"
        assert load(folder, text).feature_codes.language == language
