"""The section ``aeap`` of a configuration: what is read, refused, and written for Asterisk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE, AeapConfig, Config, read_site
from ivrcore.config.aeap import RESERVED
from ivrcore.samples import init_site
from ivrcore.speech.decide import Bounds
from ivrcore.speech.recogniser import Grammar, Phrase
from ivrcore.telephony.aeap.claims import PREFIX
from ivrcore.telephony.aeap.figures import SPEECH_BEGAN, Outcome
from ivrcore.telephony.asterisk_files import asterisk_files

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    init_site(tmp_path / "site")
    return tmp_path / "site"


def read(site: Path, aeap: str, token: str = TOKEN) -> tuple[Config, list[str]]:
    file = site / CONFIG_FILE
    file.write_text(file.read_text() + f"\naeap: {aeap}\n")
    found = read_site(site, {"AEAP": token})
    assert found.config is not None
    return found.config, [f"{one.code} {one.message}" for one in found.problems]


def wrong(site: Path, aeap: str, token: str = TOKEN) -> str:
    _, (problem,) = read(site, aeap, token)
    return problem


def test_nothing_listens_unless_it_says_so(site: Path) -> None:
    found = read_site(site, {}).config
    assert found is not None
    assert found.aeap is None
    assert "aeap_ivrcore.conf" not in asterisk_files(found)


def test_a_token_is_enough(site: Path) -> None:
    config, problems = read(site, "{token_env: AEAP}")
    assert problems == []
    assert config.aeap == AeapConfig(TOKEN)
    assert TOKEN not in repr(config.aeap)


def test_every_value(site: Path) -> None:
    config, problems = read(
        site,
        "{token_env: AEAP, host: 10.0.0.1, allow_remote: yes, port: 9100, allow: [10.0.0.5, 10.1.0.0/16], "
        "engine: words, connections: 20, grammars: {g: {language: en, accept: 0.8, confirm: 0.5, "
        "intents: yes, phrases: {yes: ['yes [please]'], no: no}}, h: {phrases: [red, 'light blue']}}}",
    )
    assert problems == []
    aeap = config.aeap
    assert aeap is not None
    assert (aeap.host, aeap.port, aeap.engine, aeap.connections) == ("10.0.0.1", 9100, "words", 20)
    assert aeap.allow == ("10.0.0.5/32", "10.1.0.0/16")
    one, other = aeap.grammars["g"], aeap.grammars["h"]
    phrases = (Phrase("yes", "yes"), Phrase("yes", "yes please"), Phrase("no", "no"))
    assert one.grammar == Grammar("en", phrases, free=True)
    assert one.bounds == Bounds(0.8, 0.5)
    assert other.grammar.phrases == (Phrase("red", "red"), Phrase("light blue", "light blue"))


def test_asterisk_is_told_where_to_connect(site: Path) -> None:
    config, _ = read(site, "{token_env: AEAP, port: 9100, engine: words}")
    written = asterisk_files(config)["aeap_ivrcore.conf"]
    assert "[words]\ntype = client\n" in written
    assert f"url = ws://127.0.0.1:9100/{TOKEN}\n" in written
    assert "codecs = !all,slin\n" in written


@pytest.mark.parametrize(
    ("aeap", "what"),
    [
        ("{}", "CFG101 "),
        ("{token_env: AEAP, host: 10.0.0.1}", "CFG104 'aeap': callers' voices and the token would cross"),
        ("{token_env: AEAP, host: speech.example}", "CFG105 "),
        ("{token_env: AEAP, allow: [10.0.0.0/40]}", "CFG105 "),
        ("{token_env: AEAP, engine: 'a]b'}", "CFG106 "),
        ("{token_env: AEAP, grammars: {no_match: {phrases: [a]}}}", "CFG106 "),
        ("{token_env: AEAP, grammars: {a.b: {phrases: [a]}}}", "CFG106 "),
        ("{token_env: AEAP, grammars: {g: {phrases: []}}}", "grammar 'g' has no phrases"),
        ("{token_env: AEAP, grammars: {g: {phrases: ['a (b']}}}", "phrase 'a (b'"),
        ("{token_env: AEAP, grammars: {g: {language: fr, phrases: [oui]}}}", "CFG308 grammar 'g' is in 'fr'"),
        ("{token_env: AEAP, prot: 1}", "'prot'"),
    ],
)
def test_what_cannot_be_is_told(site: Path, aeap: str, what: str) -> None:
    assert what in "\n".join(read(site, aeap)[1])


@pytest.mark.parametrize("token", ["short", "a token with blanks in it", "ein-schlüssel-mit-umlaut"])
def test_a_token_that_a_url_would_change_is_refused(site: Path, token: str) -> None:
    assert wrong(site, "{token_env: AEAP}", token).startswith("CFG103 ")


def test_no_grammar_has_the_name_of_an_outcome() -> None:
    seen = set(Outcome) - {Outcome.MATCH, Outcome.UNSURE, Outcome.LEFT}
    assert {*seen, SPEECH_BEGAN, PREFIX.rstrip(":"), "dtmf"} == RESERVED
