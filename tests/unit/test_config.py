"""A site's configuration: what is read, and how what is wrong is told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.config import (
    CONFIG_FILE,
    Config,
    EngineChoice,
    FallbackAction,
    LanguageSpeech,
    SpeechConfig,
    keys,
    load_config,
    read_site,
)
from ivrcore.config.plans import wordless
from ivrcore.dialplan.commands import Recorded, Spoken
from ivrcore.dialplan.wording import KEYS_ONLY
from ivrcore.errors import ProblemsFound

TOKEN = "open sesame, would you"
KEY = "0123456789abcdef" * 4
BASE = """\
asterisk: {password_file: secrets/ari}
web: {token_env: TOKEN}
journal: {key_file: secrets/key}
"""
ROSTER = """\
queues:
  general: {}
  cards: {skills: {cards: 2}}
agents:
  kim: {endpoint: PJSIP/agent1, skills: {cards: 3}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans", "secrets"):
        (tmp_path / name).mkdir()
    for name, text in (("ari", "swordfish"), ("key", KEY)):
        (tmp_path / "secrets" / name).write_text(text + "\n")
        (tmp_path / "secrets" / name).chmod(0o600)
    return tmp_path


def load(folder: Path, text: str) -> Config:
    (folder / CONFIG_FILE).write_text(text)
    return load_config(folder, env={"TOKEN": TOKEN})


def told(folder: Path, text: str, asked_skills: tuple[str, ...] | None = None) -> list[str]:
    """Give each problem as ``line:column code message [hint]``, without the file's name."""
    (folder / CONFIG_FILE).write_text(text)
    problems = read_site(folder, {"TOKEN": TOKEN}, lambda dialplans, verbs: asked_skills).problems
    return [
        f"{p.location.line}:{p.location.column} {p.code} {p.message} [{p.hint}]".replace(str(folder), "SITE")
        for p in problems
    ]


class TestReading:
    def test_the_least_that_is_needed(self, folder: Path) -> None:
        config = load(folder, BASE)
        assert config.app == "ivrcore-a"
        assert config.asterisk.password == "swordfish"
        assert config.asterisk.fallback.action is FallbackAction.CONGESTION
        assert (config.web.token, config.web.host) == (TOKEN, "127.0.0.1")
        assert config.journal.key == bytes.fromhex(KEY)
        assert config.dialplans == folder / "dialplans"

    def test_no_secret_shows(self, folder: Path) -> None:
        text = repr(load(folder, BASE))
        assert "swordfish" not in text
        assert "sesame" not in text
        assert "0123" not in text
        assert repr(bytes.fromhex(KEY)) not in text

    def test_queues_and_agents(self, folder: Path) -> None:
        config = load(
            folder,
            BASE
            + """\
language: ko
queues:
  loans:
    skills: {loans: 2}
    options: {since: ready}
    ring_time: 15s
    max_wait: 2m
    music: jazz
    whisper: Loans.
    whisper_known: [{play: thanks}, One of your callers.]
    announce: [{play: thanks}, Please wait.]
    position: You are {position}.
agents:
  kim: {endpoint: PJSIP/agent1, skills: {loans: 3}, display: Kim}
  lee: {endpoint: PJSIP/agent2, queues: [loans]}
""",
        )
        (queue,), (kim, lee) = config.queues, config.agents
        assert (queue.skills, queue.ring_time, queue.max_wait) == ({"loans": 2}, 15.0, 120.0)
        assert queue.options == {"since": "ready"}
        assert (kim.skills, kim.display, lee.queues) == ({"loans": 3}, "Kim", ("loans",))
        voice = config.queue_voices["loans"]
        assert (voice.music, voice.language, voice.position) == ("jazz", "ko", {"ko": "You are {position}."})
        assert voice.whisper == (Spoken("Loans.", "ko"),)
        assert voice.whisper_known == (Recorded("thanks"), Spoken("One of your callers.", "ko"))
        assert voice.announce == {"ko": (Recorded("thanks"), Spoken("Please wait.", "ko"))}

    def test_what_a_queue_says_by_language(self, folder: Path) -> None:
        config = load(
            folder,
            BASE
            + """\
language: en
queues:
  loans:
    position: {en: "You are {position}.", ko: "{position}번째입니다."}
    announce: [{play: thanks}, {en: Please wait., ko: 기다려 주십시오.}, Thank you.]
  cards: {language: ko, announce: {play: thanks}, whisper: 카드.}
""",
        )
        loans, cards = config.queue_voices["loans"], config.queue_voices["cards"]
        assert loans.languages == ("en", "ko")
        assert loans.placed(3, "ko") == (Spoken("3번째입니다.", "ko"),)
        assert loans.placed(3, "zh") == (Spoken("You are 3.", "en"),), "the site's, where there is none"
        thanks, late = Recorded("thanks"), Spoken("Thank you.", "en")
        assert loans.announced("ko") == (thanks, Spoken("기다려 주십시오.", "ko"), late)
        assert loans.announced("en") == loans.announced("zh") == (thanks, Spoken("Please wait.", "en"), late)
        assert (cards.announced("en"), cards.placed(1, "ko")) == ((thanks,), ())
        assert cards.whisper == (Spoken("카드.", "ko"),)
        voices = {tag: LanguageSpeech(voices=(EngineChoice("espeak"),)) for tag in ("en", "ko", "zh")}
        spoken = replace(config, speech=SpeechConfig({**voices, "de": LanguageSpeech()}))
        assert wordless(config) == {}, "no voice for them anyway"
        assert wordless(spoken) == {"loans": {"ko", "zh"}}

    def test_speech(self, folder: Path) -> None:
        config = load(
            folder,
            BASE
            + """\
speech:
  threads: 4
  languages:
    en: {recognisers: [{name: vosk, model: small}, {name: far, servers: [a, b]}, pocketsphinx], voices: flite}
""",
        )
        english = config.speech.languages["en"]
        assert config.speech.threads == 4
        assert [(one.name, one.options) for one in english.recognisers] == [
            ("vosk", {"model": "small"}),
            ("far", {"servers": "a b"}),
            ("pocketsphinx", {}),
        ]
        assert english.voices[0].name == "flite"

    def test_the_version_changes_with_the_text(self, folder: Path) -> None:
        assert load(folder, BASE).version != load(folder, BASE + "node: n2\n").version

    def test_warnings_are_logged(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        load(folder, BASE + "queues: {empty: {}}\n")
        assert "no agent can serve queue 'empty'" in caplog.text

    def test_the_documented_defaults_are_the_defaults(self, folder: Path) -> None:
        written = {
            name: {
                key.name: key.default[1:-1]
                for key in table.values()
                if key.default.startswith("`") and key.default.endswith("`")
            }
            for name, table in keys.SECTIONS.items()
        }
        asterisk, web, journal = (written[name] for name in ("asterisk", "web", "journal"))
        assert asterisk.pop("inbound") == "_X."
        text = json.dumps(
            {
                **written["The file"],
                "asterisk": {
                    **asterisk,
                    "inbound": ["_X."],
                    "password_file": "secrets/ari",
                    "fallback": written["fallback"],
                },
                "web": {**web, "token_env": "TOKEN"},
                "journal": {**journal, "key_file": "secrets/key"},
                "plugins": written["plugins"],
                "speech": written["speech"],
                "queues": {"q": written["queues"]},
                "agents": {"a": {"endpoint": "PJSIP/a"}},
            }
        )
        (folder / "prompts").mkdir()
        (folder / "announcements").mkdir()
        least = load(folder, BASE + "queues: {q: {}}\nagents: {a: {endpoint: PJSIP/a}}\n")
        assert replace(load(folder, text), version="") == replace(least, version="")


class TestKeysOnly:
    def told(self, folder: Path, language: str) -> object:
        rest = "queues: {q: {}}\nagents: {a: {endpoint: PJSIP/a}}\n"
        config = load(folder, f"{BASE}speech: {{languages: {language}}}\n{rest}")
        (speech,) = config.speech.languages.values()
        return speech.keys_only

    def test_a_voice_says_the_built_in_text_of_its_language(self, folder: Path) -> None:
        assert self.told(folder, "{zh: {voices: [espeak]}}") == (Spoken(KEYS_ONLY["zh"], "zh"),)

    def test_an_own_text_takes_its_place(self, folder: Path) -> None:
        assert self.told(folder, "{en: {voices: [espeak], keys_only: Keys!}}") == (Spoken("Keys!", "en"),)

    def test_without_a_voice_or_text_nothing_is_said(self, folder: Path) -> None:
        assert self.told(folder, "{en: {recognisers: [vosk]}}") == ()
        assert self.told(folder, "{cy: {voices: [espeak]}}") == ()


class TestAllAtOnce:
    def test_every_problem_with_its_place(self, folder: Path) -> None:
        with pytest.raises(ProblemsFound) as caught:
            load(
                folder,
                BASE
                + """\
nod: n1
web_port: 80
queues:
  cards: {ring_tme: 5s, strategy: longest_idel}
  loans: {ring_time: soon}
agents:
  kim: {skills: {cards: high}}
""",
            )
        places = [re.search(r":(\d+):\d+: error (\w+)", text) for text in caught.value.problems]
        assert [match.groups() for match in places if match] == [
            ("4", "YML101"),
            ("5", "YML101"),
            ("7", "YML101"),
            ("7", "CFG201"),
            ("8", "YML103"),
            ("10", "YML102"),
            ("10", "YML103"),
        ]
        text = str(caught.value)
        assert "did you mean 'node'?" in text
        assert "did you mean 'ring_time'?" in text
        assert "did you mean 'longest_idle'?" in text

    def test_broken_yaml(self, folder: Path) -> None:
        (problem,) = told(folder, "queues:\n  - [a\n")
        assert problem.startswith("3:1 YML001")

    def test_no_file(self, folder: Path) -> None:
        (problem,) = read_site(folder).problems
        assert problem.code == "CFG001"
        assert "ivrcore init" in problem.hint

    def test_a_missing_folder(self, folder: Path) -> None:
        assert told(folder, BASE + "dialplans: plans\n") == [
            "4:12 CFG002 the folder SITE/plans for 'dialplans' is not there [mkdir SITE/plans]"
        ]

    @pytest.mark.slow
    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(st.data())
    def test_whatever_is_written_the_answer_is_problems(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        folder = tmp_path_factory.mktemp("any")
        (folder / "config").mkdir()
        names = st.sampled_from([name for table in keys.SECTIONS.values() for name in table])
        scalars = st.one_of(st.text(max_size=12), st.integers(), st.booleans(), st.none(), st.just("a/b"))
        values = st.recursive(
            scalars,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
            max_leaves=12,
        )
        tree = data.draw(st.dictionaries(st.sampled_from(list(keys.TOP)), values, max_size=8))
        (folder / CONFIG_FILE).write_text(json.dumps(tree))
        with pytest.raises(ProblemsFound):  # no secret is ever given
            load_config(folder, env={})


class TestSecrets:
    def test_a_file_that_others_may_read(self, folder: Path) -> None:
        (folder / "secrets/ari").chmod(0o640)
        assert told(folder, BASE) == [
            "1:27 CFG102 the secret file SITE/secrets/ari has mode 640: other users may read it"
            " [chmod 600 SITE/secrets/ari]"
        ]

    def test_none_given(self, folder: Path) -> None:
        problems = told(folder, "node: n1\n")
        assert [problem.split(" [")[0] for problem in problems] == [
            "1:1 CFG101 'asterisk': the password is not given",
            "1:1 CFG101 'web': the token is not given",
            "1:1 CFG101 'journal': the key is not given",
        ]

    def test_a_missing_file_and_an_unset_variable(self, folder: Path) -> None:
        (folder / "secrets/ari").unlink()
        problems = told(folder, BASE.replace("TOKEN", "NONE"))
        assert "cannot be read: No such file" in problems[0]
        assert "2:18 CFG101 the environment variable NONE is not set" in problems[1]

    @pytest.mark.parametrize("text", ["", "two\nlines"])
    def test_of_a_wrong_form(self, folder: Path, text: str) -> None:
        (folder / "secrets/ari").write_text(text)
        assert "CFG103" in told(folder, BASE)[0]

    @pytest.mark.parametrize("text", ["abcd", "not hexadecimal"])
    def test_a_key_of_a_wrong_form(self, folder: Path, text: str) -> None:
        (folder / "secrets/key").write_text(text)
        (problem,) = told(folder, BASE)
        assert "CFG103" in problem
        assert text not in problem

    def test_a_token_that_could_be_guessed(self, folder: Path) -> None:
        (folder / CONFIG_FILE).write_text(BASE)
        (problem,) = read_site(folder, {"TOKEN": "sesame"}).problems
        assert problem.code == "CFG103"

    def test_a_password_that_asterisk_would_read_otherwise(self, folder: Path) -> None:
        (folder / "secrets/ari").write_text("pass;word")
        (problem,) = told(folder, BASE)
        assert "CFG103" in problem
        assert "pass;word" not in problem


class TestAddresses:
    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
    def test_an_open_bind_must_be_meant(self, folder: Path, host: str) -> None:
        text = BASE.replace("web: {", f"web: {{host: '{host}', ")
        assert "2:13 CFG104" in told(folder, text)[0]
        assert load(folder, text.replace("web: {", "web: {allow_remote: yes, ")).web.host == host

    def test_a_name_is_no_address(self, folder: Path) -> None:
        problems = told(folder, BASE.replace("web: {", "web: {host: example.test, "))
        assert any("CFG105" in problem for problem in problems)

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8088", "http://[", "http://127.0.0.1:x"])
    def test_a_url_that_cannot_be_used(self, folder: Path, url: str) -> None:
        assert "CFG105" in told(folder, BASE.replace("asterisk: {", f"asterisk: {{url: '{url}', "))[0]

    def test_a_password_in_the_clear_must_be_meant(self, folder: Path) -> None:
        text = BASE.replace("asterisk: {", "asterisk: {url: 'http://192.0.2.1:8088', ")
        assert "in the clear" in told(folder, text)[0]
        assert told(folder, text.replace("http:", "https:")) == []


class TestForAsterisk:
    @pytest.mark.parametrize(
        "line",
        [
            "fallback: {action: dial, dial: 'PJSIP/a,30,g(x)'}",
            "fallback: {action: play, sound: 'a)b'}",
            "inbound: ['_X.,1,System(x)']",
            "inbound: ['_.']",
            "user: 'a]b'",
        ],
    )
    def test_nothing_that_it_would_interpret(self, folder: Path, line: str) -> None:
        problems = told(folder, BASE.replace("asterisk: {", f"asterisk: {{{line}, "))
        assert [problem.split()[1] for problem in problems] == ["CFG107"]

    def test_a_fallback_without_what_it_needs(self, folder: Path) -> None:
        dial = told(folder, BASE.replace("asterisk: {", "asterisk: {fallback: {action: dial}, "))
        play = told(folder, BASE.replace("asterisk: {", "asterisk: {fallback: {action: play}, "))
        assert "'dial' is missing" in dial[0]
        assert "'sound' is missing" in play[0]

    def test_only_two_slots(self, folder: Path) -> None:
        assert "'slot' cannot be 'c'" in told(folder, BASE + "slot: c\n")[0]


class TestRoster:
    def test_an_agent_of_an_unknown_queue(self, folder: Path) -> None:
        text = BASE + ROSTER + "  lee: {endpoint: PJSIP/agent2, queues: [card]}\n"
        problem = "9:42 CFG202 agent 'lee': there is no queue 'card' [did you mean 'cards'?]"
        assert told(folder, text) == [problem]

    @pytest.mark.parametrize("endpoint", ["PJSIP/agent1", "pjsip/agent1"])
    def test_two_agents_with_one_phone(self, folder: Path, endpoint: str) -> None:
        (problem,) = told(folder, BASE + ROSTER + f"  lee: {{endpoint: {endpoint}}}\n")
        assert problem.startswith(f"9:19 CFG206 agent 'lee' has the endpoint {endpoint} of agent 'kim'")
        assert "line 8" in problem

    def test_two_queues_of_one_name(self, folder: Path) -> None:
        assert "6:3 YML004" in told(folder, BASE + "queues:\n  a: {}\n  a: {}\n")[1]

    def test_a_queue_that_nobody_serves(self, folder: Path) -> None:
        (problem,) = told(folder, BASE + ROSTER.replace("cards: 2", "cards: 4"))
        assert problem.startswith("6:3 CFG204 no agent can serve queue 'cards' (needs cards 4)")

    def test_an_agent_who_serves_nothing(self, folder: Path) -> None:
        text = BASE + "queues: {cards: {skills: {cards: 1}}}\nagents: {kim: {endpoint: PJSIP/a}}\n"
        assert any("CFG205 agent 'kim' can serve no queue" in problem for problem in told(folder, text))

    def test_a_skill_that_nothing_asks_for(self, folder: Path) -> None:
        text = BASE + ROSTER.replace("cards: 3", "cards: 3, crads: 1")
        assert told(folder, text) == []  # unknown until the dialplans are read
        assert told(folder, text, ("crads",)) == []
        (problem,) = told(folder, text, ())
        assert "CFG203 agent 'kim': no queue and no dialplan asks for the skill 'crads'" in problem
        assert "did you mean 'cards'?" in problem

    @pytest.mark.parametrize("name", ["two words", "a/b", "'{}'"])
    def test_a_name_that_cannot_be_used(self, folder: Path, name: str) -> None:
        problems = told(folder, BASE + f"queues:\n  {name}: {{}}\n")
        assert any("CFG106" in problem for problem in problems)

    def test_a_position_that_says_no_number(self, folder: Path) -> None:
        problems = told(folder, BASE + ROSTER.replace("general: {}", "general: {position: Please wait.}"))
        assert any("where the number goes" in problem for problem in problems)

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ("position: {en: You wait., ko: '{position}'}", "where the number goes"),
            ("position: {English: 'Number {position}.'}", "a language such as en"),
            ("position: {en: [a, b]}", "a text, or texts by language"),
            ("announce: {en: {play: a}}", "a text, or texts by language"),
        ],
    )
    def test_what_a_queue_cannot_say(self, folder: Path, said: str, why: str) -> None:
        problems = told(folder, BASE + ROSTER.replace("general: {}", f"general: {{{said}}}"))
        assert any(why in problem for problem in problems), problems

    def test_a_language_without_a_voice(self, folder: Path) -> None:
        for key in ("whisper", "whisper_known"):
            problems = told(folder, BASE + ROSTER.replace("general: {}", f"general: {{{key}: General.}}"))
            assert any("CFG207 queue 'general' speaks 'en'" in problem for problem in problems)

    def test_a_language_that_the_site_does_not_know_though_nothing_is_said_in_it(self, folder: Path) -> None:
        (problem,) = told(folder, BASE + ROSTER.replace("general: {}", "general: {language: xx}"))
        assert problem.startswith(
            "5:23 CFG207 queue 'general' has the language 'xx', of which the site knows"
        )
        for known in ("en", "ko", "~"):
            text = BASE + ROSTER.replace("general: {}", f"general: {{language: {known}}}")
            assert told(folder, text + "speech: {languages: {ko: {recognisers: []}}}\n") == []
        said = "general: {language: xx, whisper: General.}"
        (problem,) = told(folder, BASE + ROSTER.replace("general: {}", said))
        assert "speaks 'xx', for which no voice" in problem


class TestPlugins:
    def test_a_strategy_of_the_sites_own(self, folder: Path) -> None:
        (folder / "plugins").mkdir()
        (folder / "plugins/mine.py").write_text(
            "from types import SimpleNamespace\nfrom ivrcore.api import hookimpl\n"
            "moon = SimpleNamespace(name='by_moon', key=tuple, explain=str)\n"
            "@hookimpl\ndef ivrcore_strategies(): return [moon]\n"
        )
        text = BASE + ROSTER.replace("general: {}", "general: {strategy: by_moon}")
        assert any("CFG201" in problem for problem in told(folder, text))
        assert told(folder, text + "plugins: {folder: plugins}\n") == []

    def test_a_broken_one_does_not_keep_the_server_from_starting(
        self, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (folder / "plugins").mkdir()
        (folder / "plugins/mine.py").write_text("1/0\n")
        config = load(folder, BASE + "plugins: {folder: plugins}\n")
        assert config.plugins.folder == folder / "plugins"
        (problem,) = read_site(folder, {"TOKEN": TOKEN}).plugins.problems
        assert problem.plugin == "mine"
        assert f"{folder / 'plugins/mine.py'}:1:1: plugin mine cannot be loaded" in caplog.text
