from __future__ import annotations

import time
import wave
from array import array
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event

import pytest
from twisted.internet.defer import Deferred

from ivrcore.config import EngineChoice, LanguageSpeech
from ivrcore.dialplan.commands import Recorded, Spoken
from ivrcore.errors import ConfigError, ModelMissing
from ivrcore.session.prompts import Prompts
from ivrcore.speech.audio import level, pcm_of
from ivrcore.speech.voice import Voice

HELLO = Spoken("Hello", "en")


class Buzzer:
    """A voice that buzzes quietly, between silences."""

    name = "buzzer"
    languages = frozenset({"en"})

    def __init__(self, fault: Exception | None = None) -> None:
        self.spoken: list[str] = []
        self.fault = fault
        self.may_speak = Event()
        self.may_speak.set()

    def speak(self, text: str, language: str) -> tuple[int, bytes]:
        assert self.may_speak.wait(60)
        self.spoken.append(text)
        if self.fault:
            raise self.fault
        buzz = pcm_of(array("h", ([600] * 16 + [-600] * 16) * 250))
        return 16000, bytes(32000) + (buzz if text != "mute" else b"") + bytes(32000)


class Site:
    """A folder of prompts over voices by name; errors in place of a voice are raised."""

    def __init__(self, folder: Path, **voices: Voice | Exception) -> None:
        self.folder = folder
        self.back: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._voices = voices
        self.prompts = self.again(*voices)

    def again(self, *names: str, options: Mapping[str, str] | None = None) -> Prompts:
        choices = tuple(EngineChoice(name, options or {}) for name in names)
        languages = {"en": LanguageSpeech(voices=choices)}
        return Prompts(self.folder / "prompts", self.folder / "cache", languages, self._load, self.back.put)

    def _load(self, name: str, options: Mapping[str, str]) -> Voice:
        voice = self._voices[name]
        if isinstance(voice, Exception):
            raise voice
        return voice

    def wait(self, result: Deferred[tuple[str, ...]]) -> tuple[str, ...]:
        got: list[tuple[str, ...]] = []
        result.addCallback(got.append)
        deadline = time.monotonic() + 5
        while not got:
            assert time.monotonic() < deadline
            try:
                self.back.get(timeout=0.05)()
            except Empty:
                continue
        return got[0]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(**voices: Voice | Exception) -> Site:
        made.append(Site(tmp_path, **voices))
        return made[-1]

    yield make
    for each in made:
        assert each.prompts.stop()


Make = Callable[..., Site]


def read(uri: str, ending: str) -> tuple[int, bytes]:
    with wave.open(uri.removeprefix("sound:") + ending) as file:
        return file.getframerate(), file.readframes(file.getnframes())


def test_a_text_is_spoken_once_in_both_rates_loud_and_trimmed(site: Make) -> None:
    voice = Buzzer()
    given = site(buzzer=voice)
    assert given.prompts.prepare_now([(HELLO,), (HELLO,)]) == ()
    (uri,) = given.prompts.media((HELLO,))
    assert uri.startswith(f"sound:{given.folder}/cache/prompts/")
    for ending, rate in ((".wav", 8000), (".wav16", 16000)):
        got, pcm = read(uri, ending)
        assert got == rate
        assert len(pcm) / 2 / rate == pytest.approx(0.6, abs=0.03)
        assert level(pcm) == pytest.approx(-20, abs=1.5)
    assert voice.spoken == ["Hello"]


def test_a_second_start_speaks_nothing(site: Make) -> None:
    voice = Buzzer()
    given = site(buzzer=voice)
    given.prompts.prepare_now([(HELLO,)])
    second = given.again("buzzer")
    assert second.prepare_now([(HELLO,)]) == ()
    assert second.media((HELLO,)) == given.prompts.media((HELLO,))
    assert voice.spoken == ["Hello"]


def test_who_calls_while_all_is_spoken_has_their_own_prompt_first(site: Make) -> None:
    voice = Buzzer()
    given = site(buzzer=voice)
    voice.may_speak.clear()
    all_of_them = given.prompts.prepare([(Spoken(f"text {n}", "en"),) for n in range(30)])
    assert given.prompts.preparing
    own = given.prompts.personal((Spoken("text 29", "en"),), "en", "c1")
    voice.may_speak.set()
    (uri,) = given.wait(own)
    assert voice.spoken.index("text 29") < 15
    assert uri.startswith(f"sound:{given.folder}/cache/prompts/")
    assert given.wait(all_of_them) == ()
    assert not given.prompts.preparing


def test_after_a_second_start_the_first_caller_hears_what_is_there(site: Make) -> None:
    given = site(buzzer=Buzzer())
    given.prompts.prepare_now([(HELLO,)])
    second = given.again("buzzer")
    assert second.media((HELLO,)) == ()  # no voice is chosen yet
    assert given.wait(second.personal((HELLO,), "en", "c1")) == given.prompts.media((HELLO,))
    assert second.stop()


def test_other_options_are_other_audio(site: Make) -> None:
    given = site(buzzer=Buzzer())
    given.prompts.prepare_now([(HELLO,)])
    faster = given.again("buzzer", options={"speed": "200"})
    faster.prepare_now([(HELLO,)])
    assert faster.media((HELLO,)) != given.prompts.media((HELLO,))


def test_the_first_voice_that_can_be_had_speaks(site: Make) -> None:
    given = site(best=ModelMissing("not here"), buzzer=Buzzer())
    assert given.prompts.prepare_now([(HELLO,)]) == ()
    assert given.prompts.media((HELLO,))


def test_a_missing_voice_is_told_once_before_any_call(site: Make) -> None:
    given = site(best=ModelMissing("no voice here", hint="apt-get install one"))
    (problem,) = given.prompts.prepare_now([(HELLO,), (Spoken("Bye", "en"),)])
    assert "apt-get install one" in str(problem)
    assert given.prompts.media((HELLO,)) == ()


def test_a_language_without_voice_is_told(site: Make) -> None:
    (problem,) = site(buzzer=Buzzer()).prompts.prepare_now([(Spoken("안녕", "ko"),)])
    assert "ko" in str(problem)


@pytest.mark.parametrize("fault", [KeyError("x"), ModelMissing("gone")])
def test_a_voice_that_raises_is_told(site: Make, fault: Exception) -> None:
    assert len(site(buzzer=Buzzer(fault)).prompts.prepare_now([(HELLO,)])) == 1


def test_a_voice_that_says_nothing_is_told(site: Make) -> None:
    given = site(buzzer=Buzzer())
    assert "said nothing" in str(given.prompts.prepare_now([(Spoken("mute", "en"),)])[0])
    assert given.prompts.media((Spoken("mute", "en"),)) == ()


def test_preparing_runs_beside_the_reactor(site: Make) -> None:
    given = site(buzzer=Buzzer())
    assert given.wait(given.prompts.prepare([(HELLO,)])) == ()  # type: ignore[arg-type]
    assert given.prompts.media((HELLO,))


def test_a_text_known_only_in_the_call_is_made_then(site: Make) -> None:
    given = site(buzzer=Buzzer())
    uris = given.wait(given.prompts.fetch((Spoken("You are number 3", "en"), Recorded("beep"))))
    assert len(uris) == 2
    assert given.prompts.fetch((Spoken("You are number 3", "en"),)).called


def test_recorded_files_of_the_site_come_before_asterisks_own(site: Make) -> None:
    given = site()
    folder = given.folder / "prompts"
    (folder / "ko").mkdir(parents=True)
    (folder / "menu").mkdir()
    for name in ("welcome.wav", "ko/welcome.sln16", "menu/main.wav"):
        (folder / name).write_bytes(b"")
    media = given.prompts.media
    assert media((Recorded("welcome"), Recorded("vm-goodbye"))) == (
        f"sound:{folder}/welcome",
        "sound:vm-goodbye",
    )
    assert media((Recorded("welcome"),), "ko") == (f"sound:{folder}/ko/welcome",)
    assert media((Recorded("menu/main"),), "ko") == (f"sound:{folder}/menu/main",)


def test_a_recorded_name_does_not_lead_out_of_the_folder(site: Make) -> None:
    given = site()
    (given.folder / "prompts").mkdir()
    (given.folder / "secret.wav").write_bytes(b"")
    assert given.prompts.media((Recorded("../secret"),)) == ("sound:../secret",)


def test_a_comma_in_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        Site(tmp_path / "a,b")


def test_a_text_that_was_not_prepared_is_there_the_next_time(site: Make) -> None:
    voice = Buzzer()
    given = site(buzzer=voice)
    given.prompts.prepare_now([(HELLO,)])
    place = (Spoken("You are number 40", "en"),)
    voice.may_speak.clear()
    assert given.prompts.media(place) == ()
    assert given.prompts.media(place) == ()
    voice.may_speak.set()
    given.back.get(timeout=60)()
    assert len(given.prompts.media(place)) == 1
    assert voice.spoken == ["Hello", "You are number 40"]


def test_a_text_with_values_of_a_call_lies_in_its_own_place_until_that_is_erased(site: Make) -> None:
    voice = Buzzer()
    given = site(buzzer=voice)
    prompt = (Spoken("You have 1234 won", "en", personal=True), HELLO, Recorded("beep"))
    uris = given.wait(given.prompts.personal(prompt, "en", "c1"))
    mine, common, beep = uris
    personal = given.folder / "cache/personal"
    assert Path(mine.removeprefix("sound:")).parent.parent == personal
    assert common.startswith(f"sound:{given.folder}/cache/prompts/")
    assert beep == "sound:beep"
    assert read(mine, ".wav")[0] == 8000
    assert given.wait(given.prompts.personal(prompt, "en", "c1")) == uris
    assert voice.spoken == ["You have 1234 won", "Hello"]
    assert given.wait(given.prompts.personal(prompt[:1], "en", "c2")) != uris[:1]
    late = given.prompts.personal((Spoken("Good bye", "en", personal=True),), "en", "c1")
    given.prompts.erase("c1")
    given.prompts.erase("c1")
    given.wait(late)
    given.back.get(timeout=60)()
    assert len(list(personal.iterdir())) == 1
    assert read(common, ".wav")[0] == 8000
    given.again("buzzer").forget_calls()
    assert not personal.exists()


def test_a_text_with_values_that_cannot_be_spoken_is_left_out(
    site: Make, caplog: pytest.LogCaptureFixture
) -> None:
    given = site(buzzer=Buzzer(KeyError("You have 1234 won")))
    prompt = (Spoken("You have 1234 won", "en", personal=True), Recorded("beep"))
    assert given.wait(given.prompts.personal(prompt, "en", "c1")) == ("sound:beep",)
    assert "1234" not in caplog.text


def test_what_is_one_calls_own_is_not_listed_and_its_fault_not_quoted(
    site: Make, caplog: pytest.LogCaptureFixture
) -> None:
    balance = Spoken("You have 1234 won", "en", personal=True)
    given = site(buzzer=Buzzer(), broken=ModelMissing("cannot say 1234"))
    assert given.wait(given.prompts.personal((balance,), "en", "c1"))
    assert (given.folder / "cache" / "personal").stat().st_mode & 0o777 == 0o711
    given.prompts = given.again("broken")
    assert given.wait(given.prompts.personal((balance, Recorded("beep")), "en", "c2")) == ("sound:beep",)
    assert "1234" not in caplog.text
    assert "IVR" in caplog.text
