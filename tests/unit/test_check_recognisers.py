"""Options of recognisers that cannot be used: told by `check`, where they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.check import check_site
from ivrcore.config.load import read_site
from ivrcore.samples import init_site

PLUGIN = """from ivrcore.api import hookimpl

class Odd:
    name = "odd"

    def faults(self, language, options):
        raise SystemExit(4)

@hookimpl
def ivrcore_recogniser_options():
    return [Odd()]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    init_site(folder)
    return folder


def told(site: Path, recognisers: str, language: str = "en") -> list[str]:
    """Check the site with these recognisers; give what is told of them, with places from their first line."""
    config = site / "config/ivrcore.yaml"
    text = "language: en\ndialplans: dialplans\nplugins: {folder: plugins}\nspeech:\n  languages:\n"
    head = f"{text}    {language}:\n      recognisers:\n"
    config.write_text(head + recognisers)
    found = [one for one in check_site(site) if one.rule.code in ("CFG305", "CFG306", "CFG311")]
    first = head.count("\n")
    return [
        f"{one.location.line - first}:{one.location.column} {one.rule.code} {one.message}" for one in found
    ]


SERVERS = "        - name: vosk_server\n          servers: [{servers}]\n          {more}\n"


@pytest.mark.parametrize(
    ("servers", "more", "expected"),
    [
        ("wss://a:1", "timeout: 0.5", None),
        ("wss://a:1, ws://b:1", "timeout: 0.5", "2:11 CFG305 language 'en': vosk_server: callers' voices"),
        ("wss://a:1, ws://b:1", "insecure: yes", None),
        ("wss://a:port", "timeout: 0.5", "2:11 CFG305 language 'en': vosk_server: a server is ws://"),
        ("wss://a:1", "timeout: soon", "3:11 CFG305 language 'en': vosk_server: timeout is a number"),
        ("wss://a:1", "timeouts: 1", "3:11 CFG305 language 'en': vosk_server has no option timeouts"),
        ("wss://a:1", "ca_file: /nowhere", "3:11 CFG306 language 'en': vosk_server: the ca_file /nowhere"),
        ("wss://a:1", "token_env: IVRCORE_NOT_SET", "3:11 CFG306 language 'en': the environment variable"),
    ],
)
def test_options_of_far_servers(site: Path, servers: str, more: str, expected: str | None) -> None:
    found = told(site, SERVERS.format(servers=servers, more=more))
    assert len(found) == (expected is not None)
    assert all(one.startswith(expected or "") for one in found), found


def test_servers_that_are_not_written_are_missed_where_the_recogniser_is_named(site: Path) -> None:
    (one,) = told(site, "        - pocketsphinx\n        - vosk_server\n")
    assert one == "2:11 CFG305 language 'en': vosk_server needs servers"


def test_a_token_beside_the_sites_files_is_found_from_anywhere(site: Path) -> None:
    token = site / "secrets/speech.token"
    token.parent.mkdir(exist_ok=True)
    token.write_text("something long enough")
    token.chmod(0o600)
    recogniser = SERVERS.format(servers="wss://a:1", more="token_file: secrets/speech.token")
    assert told(site, recogniser) == []
    config = read_site(site).config
    assert config is not None
    (choice,) = config.speech.languages["en"].recognisers
    assert choice.options["token_file"] == str(token)
    token.chmod(0o644)
    (one,) = told(site, recogniser)
    assert one.startswith("3:11 CFG306")
    assert "something" not in one


def test_options_of_models(site: Path) -> None:
    named = (
        "        - {name: vosk, model_path: models/en}\n        - {name: pocketsphinx, confidence: much}\n"
    )
    path, confidence = told(site, named)
    assert path == f"1:24 CFG306 language 'en': {site}/models/en holds no Vosk model"
    assert confidence.startswith("2:32 CFG305 language 'en': pocketsphinx: confidence 'much'")
    (site / "models/en/conf").mkdir(parents=True)
    assert told(site, "        - {name: vosk, model_path: models/en}\n") == []


def test_a_language_that_a_recogniser_does_not_have(site: Path) -> None:
    (vosk,) = told(site, "        - vosk\n", "xx")
    assert vosk.startswith("1:11 CFG305 language 'xx': vosk needs one of the options")
    (sphinx,) = told(site, "        - pocketsphinx\n", "ko")
    assert sphinx.startswith("1:11 CFG305 language 'ko': pocketsphinx has no model for ko")


LATE = "vosk_server waits 1.5 s for an answer, and is itself waited for 1 s"


@pytest.mark.parametrize(
    ("more", "follows", "expected"),
    [
        ("timeout: 1", True, []),
        ("timeout: 1.5", True, [f"3:11 CFG311 {LATE}"]),
        ("timeout: 1.5", False, []),
        (
            "timeout: 3s",
            False,
            ["3:11 CFG311 vosk_server waits 3 s for an answer, and is itself waited for 2 s"],
        ),
        ("timeout: soon", True, ["3:11 CFG305 language 'en': vosk_server: timeout is a number"]),
    ],
)
def test_one_that_waits_longer_than_it_is_waited_for(
    site: Path, more: str, follows: bool, expected: list[str]
) -> None:
    written = SERVERS.format(servers="wss://a:1", more=more) + "        - pocketsphinx\n" * follows
    found = told(site, written)
    assert [one[: len(start)] for one, start in zip(found, expected, strict=True)] == expected


def test_a_name_that_is_nearly_one(site: Path) -> None:
    assert told(site, "        - vsok\n") == [
        "1:11 CFG306 language 'en': no plugin tells of a recogniser 'vsok'"
    ]
    assert told(site, "        - quite_another\n") == [], "a plugin may know it that tells nothing of options"


def test_a_check_that_fails_is_told(site: Path) -> None:
    (site / "plugins").mkdir(exist_ok=True)
    (site / "plugins/odd.py").write_text(PLUGIN)
    (one,) = told(site, "        - odd\n")
    assert one.startswith("1:11 CFG305 language 'en': the options of odd could not be checked: SystemExit")


def test_one_that_cannot_tell_how_long_it_waits_is_told(site: Path) -> None:
    (site / "plugins").mkdir(exist_ok=True)
    waits = "return []\n\n    def waits(self, options):\n        raise SystemExit(4)"
    (site / "plugins/odd.py").write_text(PLUGIN.replace("raise SystemExit(4)", waits))
    (one,) = told(site, "        - odd\n")
    assert one.startswith("1:11 CFG305 the options of odd could not be checked: SystemExit")


def test_what_is_refused_as_it_is_read_is_not_looked_at(site: Path) -> None:
    assert told(site, "        - {model_path: models/en}\n        - vosk_server\n") == []
