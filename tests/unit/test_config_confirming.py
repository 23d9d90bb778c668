"""Agents who take a call by a key: by which, what they are asked, how long they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.config import Confirmation
from ivrcore.dialplan.commands import Spoken
from tests.unit.test_config_outside import folder, load, told

__all__ = ["folder"]

ROSTER = """\
queues: {loans: }
agents:
  ann: {endpoint: PJSIP/ann, confirm: yes}
  bob: {endpoint: PJSIP/bob}
"""
SPEECH = "speech: {languages: {en: {voices: [flite]}}}\n"


def test_without_more_it_is_the_key_1_within_ten_seconds_in_the_agents_language(folder: Path) -> None:
    config = load(folder, ROSTER)
    ann, bob = config.agents
    assert (ann.confirm, bob.confirm) == (10.0, None)
    confirmation = config.agent_rules.confirmation
    assert confirmation == Confirmation()
    assert confirmation.prompt("en") == (Spoken("Press 1 to take the call.", "en"),)
    assert confirmation.prompt("ko")[0] == Spoken("전화를 받으시려면 1 버튼을 눌러 주세요.", "ko")
    assert confirmation.prompt("fr") == confirmation.prompt("en")


def test_key_text_and_time_are_the_sites_and_other_languages_stay_built_in(folder: Path) -> None:
    texts = '{fr: "Touche {key}", en: "Key {key}."}'
    rules = f'agent_rules: {{confirm_key: "#", confirm_within: 5s, confirm_prompt: {texts}}}\n'
    config = load(folder, ROSTER + rules)
    assert config.agents[0].confirm == 5.0
    confirmation = config.agent_rules.confirmation
    assert confirmation.prompt("en") == (Spoken("Key hash.", "en"),)
    assert confirmation.prompt("fr") == (Spoken("Touche #", "fr"),)
    assert confirmation.prompt("ko")[0].language == "ko"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "rules", ["{confirm_key: 12}", "{confirm_key: A}", "{confirm_prompt: Hello.}", "{confirm_within: 1s}"]
)
def test_what_cannot_be_is_told_where_it_stands(folder: Path, rules: str) -> None:
    (problem,) = told(folder, SPEECH + ROSTER + f"agent_rules: {rules}\n")
    assert problem.startswith("9 YML104")


def test_a_language_that_has_no_voice_is_told_of_only_where_somebody_is_asked(folder: Path) -> None:
    korean = ROSTER.replace("loans: }", "loans: {language: ko}}")
    speech = SPEECH.replace("{en:", "{ko: {recognisers: []}, en:")
    assert "4 CFG207" in told(folder, korean + speech)
    assert "4 CFG207" not in told(folder, korean.replace(", confirm: yes", "") + speech)
