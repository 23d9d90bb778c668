"""``ivrcore speech evaluate``: labelled files, a double's answers, and a real recogniser on real audio."""

from __future__ import annotations

import csv
import json
import re
import wave
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivrcore.cli_speech import speech as commands
from ivrcore.errors import ConfigError, IvrError, ProblemsFound
from ivrcore.evaluating import Setting, hear
from ivrcore.lab.audio import decode, encode
from ivrcore.lab.soak_speech import SOAKS, Line
from ivrcore.labelled import read_labels, read_phrases, read_wav
from ivrcore.plugin_manager import load_plugins
from ivrcore.samples import init_site
from ivrcore.session.listening import Decided
from ivrcore.speech.audio import resampled, samples_of, seconds_of
from ivrcore.speech.decide import Bounds
from ivrcore.speech.endpointing import Timing
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import Grammar, Hypothesis, Phrase
from ivrcore.speech.scoring import judge
from ivrcore.speech.slots import Slot, SlotKind
from tests.support.speaking import silence, speech

PHRASES = """choice,phrase
hours,[the] opening hours
account,savings account
operator,operator
"""
LABELS = """file,said,choice
a.wav,opening hours,hours
b.wav,savings account,account
c.wav,operator,operator
d.wav,seventeen,
e.wav,,
"""
PLAN = """name: bank
language: en
numbers: {"7000": ask}
menus:
  ask:
    prompt: What is it?
    accept: 0.8
    choices:
      hours: {say: "[the] opening hours", keys: "1", go: [hang_up]}
      account: {say: savings account, keys: "2", go: [hang_up]}
      operator: {say: operator, keys: "0", go: [hang_up]}
    otherwise: [hang_up]
"""


def mulaw(path: Path, pcm: bytes) -> None:
    """Write a telephone's file; its fact chunk has an odd size, as some programs' have."""
    audio = encode(samples_of(resampled(pcm, 16000, 8000)))
    form = b"fmt " + (16).to_bytes(4, "little") + bytes.fromhex("07000100401f0000401f000001000800")
    fact = b"fact" + (3).to_bytes(4, "little") + b"abc\0"
    chunks = form + fact + b"data" + len(audio).to_bytes(4, "little") + audio
    path.write_bytes(b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WAVE" + chunks)


def linear(path: Path, pcm: bytes, rate: int = 16000, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(pcm)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "labels.csv").write_text(LABELS)
    (tmp_path / "phrases.csv").write_text(PHRASES)
    (tmp_path / "plan.yaml").write_text(PLAN)
    mulaw(tmp_path / "a.wav", speech("opening hours", "en"))
    linear(tmp_path / "b.wav", speech("savings account", "en"))
    linear(tmp_path / "c.wav", resampled(speech("operator", "en"), 16000, 8000), 8000)
    mulaw(tmp_path / "d.wav", speech("seventeen", "en"))
    linear(tmp_path / "e.wav", silence(1.0))
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, ["evaluate", *map(str, arguments)])


def figures(*arguments: str | Path) -> list[dict[str, float]]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, float]] = json.loads(result.stdout)
    return found


# --- a real recogniser ------------------------------------------------------------------------------------


def test_a_real_recogniser_is_scored_on_real_audio(corpus: Path) -> None:
    curve = corpus / "curve.csv"
    asked = ("--engine", "pocketsphinx", "--language", "en", "--accept", "0.9", "--accept", "0.8")
    sure, taken = figures(corpus, *asked, "--confirm", "0.7", "--csv", curve)
    # It gives 0.8 to every phrase: asked about in the first line, taken in the second.
    assert (sure["in_confirmed"], sure["in_accepted"], sure["right"]) == (3, 0, 1.0)
    assert (taken["in_confirmed"], taken["in_accepted"], taken["right"]) == (0, 3, 1.0)
    assert sure["out_unnoticed"] == taken["out_unnoticed"] == 1
    assert sure["out_of_grammar"] == 2
    assert (sure["decision_p95_s"], taken["decision_p50_s"]) == (0.44, 0.2)
    assert 0 < sure["cpu_per_s"] < 5
    rows = list(csv.DictReader(curve.open()))
    assert [row["asked"] for row in rows[:3]] == ["1", "1", "0"]
    assert len(rows) == 2 + 231
    low = next(row for row in rows if (row["accept"], row["confirm"]) == ("0.5", "0.5"))
    assert low["in_accepted"] == "3"


@pytest.mark.slow
def test_a_menu_brings_phrases_bounds_and_language(corpus: Path) -> None:
    plan = ("--plan", corpus / "plan.yaml", "--menu", "ask", "--engine", "pocketsphinx")
    (found,) = figures(corpus, *plan, "-o", "confidence=0.79")
    assert (found["accept"], found["confirm"], found["in_confirmed"]) == (0.8, 0.7, 3)
    shown = run(corpus, *plan).stdout.splitlines()
    assert len(shown) == 2
    assert "3/3 100.0% (43.9%–100.0%)" in shown[1]


@pytest.mark.slow  # a corpus several times
def test_a_change_is_measured_against_how_it_is_now(corpus: Path) -> None:
    now = corpus / "now.yaml"
    now.write_text(PLAN.replace("say: operator", "say: somebody"))
    (corpus / "labels.csv").write_text(LABELS.replace("d.wav,seventeen,\n", ""))  # heard now so, now so
    asked = ("--menu", "ask", "--engine", "pocketsphinx", "--plan", corpus / "plan.yaml")
    before, after, stricter = figures(
        *(corpus, *asked, "--against", now, "--accept", "0.8", "--accept", "0.9", "--confirm", "0.7")
    )
    assert (before["now"], before["right"], before["accept"]) == (1, 0.6667, 0.8)
    assert (after["now"], after["right"], after["better"], after["worse"]) == (0, 1.0, 1, 0)
    assert (stricter["in_confirmed"], stricter["better"], stricter["worse"]) == (3, 1, 0)

    told = run(
        corpus, *asked, "--against", corpus / "plan.yaml", "--accept", "0.9", "--confirm", "0.85"
    ).stdout
    table, change = told.split("\n\n")
    assert [line.split()[:3] for line in table.splitlines()[1:]] == [
        ["pocketsphinx", "(now)", "0.8"],
        ["pocketsphinx", "0.9", "0.85"],
    ]
    assert change.splitlines() == [
        "pocketsphinx at 0.9 and 0.85, against how it is now: 0 better, 3 worse; "
        "a change by chance alone would be so uneven 25.0% of the time",
        "  worse: a.wav, b.wav, c.wav",
    ]
    curve = corpus / "curve.csv"
    run(corpus, *asked, "--against", now, "--csv", curve)
    first, second, *_rest = csv.DictReader(curve.open())
    assert (first["now"], second["better"], second["worse_files"]) == ("1", "1", "")


def test_a_dialplan_with_verbs_of_plugins_needs_no_site(corpus: Path) -> None:
    (corpus / "plan.yaml").write_text(PLAN + "blocks: {more: [{set: {a: b}}]}\n")
    plan = ("--plan", corpus / "plan.yaml", "--menu", "ask", "--engine", "pocketsphinx")
    assert len(figures(corpus, *plan)) == 1


def site_of(folder: Path, plans: dict[str, str]) -> Path:
    """Make a site with an English recogniser and these dialplans."""
    init_site(folder)
    for file in (folder / "dialplans").glob("*.yaml"):
        file.unlink()
    for name, text in plans.items():
        (folder / "dialplans" / name).write_text(text)
    config = folder / "config" / "ivrcore.yaml"
    kept = re.sub(r"(?m)^speech:.*\n(?:[ #].*\n|\n)*", "", config.read_text())
    config.write_text(kept + SPEECH)
    return folder


SPEECH = """
speech:
  end_silence: 600ms
  languages:
    en: {recognisers: [pocketsphinx], voices: [espeak]}
"""


@pytest.mark.slow
def test_a_site_brings_its_recognisers_and_times(corpus: Path, tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", {"bank.yaml": PLAN})
    (found,) = figures(corpus, "--site", site, "--menu", "ask")
    assert (found["recogniser"], found["accept"], found["in_accepted"]) == ("pocketsphinx", 0.8, 3)
    (asked,) = figures(corpus, "--site", site, "--menu", "ask", "--accept", "0.9")
    assert (asked["in_confirmed"], asked["decision_p50_s"]) == (3, 0.6)
    (sooner,) = figures(corpus, "--site", site, "--menu", "ask", "--accept", "0.9", "--end-silence", "0.3")
    assert sooner["decision_p50_s"] == 0.3


def test_a_site_with_mistakes_is_no_base_for_figures(corpus: Path, tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", {"bank.yaml": PLAN})
    config = site / "config" / "ivrcore.yaml"
    config.write_text(config.read_text().replace("600ms", "0.6"))
    result = run(corpus, "--site", site, "--menu", "ask")
    assert isinstance(result.exception, ProblemsFound)
    assert "a duration for 'end_silence'" in str(result.exception)


def test_a_menu_that_two_dialplans_have_is_asked_for(corpus: Path, tmp_path: Path) -> None:
    other = PLAN.replace("name: bank", "name: shop").replace("7000", "7001")
    site = site_of(tmp_path / "site", {"bank.yaml": PLAN, "shop.yaml": other})
    result = run(corpus, "--site", site, "--menu", "ask")
    assert isinstance(result.exception, ConfigError)
    assert "several dialplans have a menu ask" in str(result.exception)
    plan = ("--plan", site / "dialplans" / "shop.yaml")
    assert len(figures(corpus, "--site", site, "--menu", "ask", *plan)) == 1


@pytest.mark.slow
def test_it_decides_as_a_listening_of_a_call_does() -> None:
    soak = SOAKS["pocketsphinx"]
    grammar = Grammar("en", tuple(Phrase(text, text) for text in soak.phrases))
    book, bounds = PhraseBook.of(grammar), Bounds(0.9, 0.7)
    engine = load_plugins().recogniser("pocketsphinx", "en", {})
    said = [speech(text, "en") for text in (*soak.phrases, "good morning", "seventeen")]
    said.append(speech("savings", "en") + silence(0.3) + speech("account", "en"))
    line = Line(soak)
    try:
        for turn, pcm in enumerate(said, 1):
            line.recognise(turn, pcm)
            decided = line.events[-1]
            assert isinstance(decided, Decided)
            answers, _ = hear(engine, pcm, Setting(grammar, Timing(), bounds))
            judged = judge(book, answers, bounds)
            assert judged is not None
            here = judged[0]
            # What is no phrase is heard as none, or not at all: noise is added, never the same.
            sure = decided.confidence if decided.choice else here.confidence
            assert (decided.verdict, decided.choice, sure) == (here.verdict, here.choice, here.confidence)
    finally:
        line.service.stop()


# --- a double ---------------------------------------------------------------------------------------------


class Script:
    """An engine that answers what it is told to: by the length of what it was given."""

    name, language, waits, cost = "script", "en", 0, 0.1

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.fed: list[float] = []

    def recogniser(self, grammar: Grammar) -> Script:
        self.fed.append(0.0)
        return self

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        return frozenset()

    def feed(self, pcm: bytes) -> None:
        self.fed[-1] += seconds_of(pcm)

    def partial(self) -> str:
        return ""

    def finish(self) -> Sequence[Hypothesis]:
        return [Hypothesis(self.answers.pop(0), 0.95)]


GRAMMAR = Grammar("en", (Phrase("o", "operator"), Phrase("h", "opening hours")))


def loud(frame: bytes) -> bool:
    return any(frame)


def voice(seconds: float) -> bytes:
    return b"\1\1" * round(seconds * 16000)


def setting(*, accept: float = 0.9) -> Setting:
    return Setting(GRAMMAR, Timing(), Bounds(accept, 0.7), lambda: loud)


def test_what_comes_after_an_early_answer_is_heard_too_for_other_bounds() -> None:
    engine = Script("operator", "opening hours")
    answers, _ = hear(engine, voice(0.6) + silence(0.3) + voice(0.5), setting())
    assert [(one.heard[0].text, one.silence, one.last) for one in answers] == [
        ("operator", pytest.approx(0.2), False),
        ("opening hours", pytest.approx(0.2), False),
        ("opening hours", pytest.approx(0.44), True),
    ]
    assert engine.fed[1] > 1.4  # all of it again, from its first sound


def test_nothing_is_fed_of_silence() -> None:
    engine = Script()
    assert hear(engine, silence(2.0), setting())[0] == ()
    assert engine.fed == []


@pytest.mark.parametrize(("said", "cut", "verdict"), [(3.0, True, "confirm"), (1.0, False, "accept")])
def test_digits_that_no_silence_ended_are_asked_about(said: float, cut: bool, verdict: str) -> None:
    digits = Grammar("en", (), slot=Slot(SlotKind.DIGITS, "en", 4, 8))
    listens = Setting(digits, Timing(longest=2.0), Bounds(0.9, 0.7), lambda: loud)
    engine = Script("one two three four", "one two three four")
    answers, _ = hear(engine, voice(said), listens)
    assert answers[-1].cut is cut
    judged = judge(PhraseBook.of(digits), answers, listens.bounds)
    assert judged is not None
    assert (judged[0].verdict, judged[0].value) == (verdict, "1234")


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ("file,choice\n", "no column said"),
        ("file,said,choice\n", "names no file"),
        ("file,said,choice\nz.wav,operator,operator\n", "labels.csv:2:1: .*no file z.wav"),
        ("file,said,choice\na.wav,operator,nothing\n", "labels.csv:2:1: .*no choice nothing"),
        ("file,said,choice\na.wav,The Operator,\na.wav,operator,\n", "labels.csv:3:1: .*phrase of operator"),
        ("file,said,choice\na.wav,operator,hours\n", "says hours"),
        ("file,said,choice\na.wav,operator,?\n", "labels.csv:2:1: .*a.wav is not labelled yet"),
        ("file,said,choice\nlabels.csv,operator,operator\n", "it is no WAV file"),
    ],
)
def test_wrong_labels_are_told_with_their_line(corpus: Path, labels: str, why: str) -> None:
    (corpus / "labels.csv").write_text(labels)
    result = run(corpus, "--engine", "pocketsphinx", "--language", "en")
    assert isinstance(result.exception, IvrError)
    with pytest.raises(ConfigError, match=why):
        raise result.exception


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--engine", "pocketsphinx"), "which language"),
        (("--language", "en"), "no recogniser of en"),
        (("--engine", "pocketsphinx", "--language", "en", "--accept", "0.5"), "confirm .0.7. is above"),
        (("--engine", "pocketsphinx", "--language", "en", "-o", "x"), "NAME=VALUE"),
        (("--engine", "pocketsphinx", "--menu", "ask"), "where the menu is"),
        (("--engine", "pocketsphinx", "--language", "en", "--against", "now.yaml"), "which menu is compared"),
    ],
)
def test_what_is_not_known_is_asked_for(corpus: Path, arguments: tuple[str, ...], why: str) -> None:
    result = run(corpus, *arguments)
    assert isinstance(result.exception, ConfigError)
    assert why.replace(".", "") in str(result.exception).replace("(", "").replace(")", "").replace(".", "")


def test_a_table_without_a_folder_is_told_before_anything_is_heard(corpus: Path) -> None:
    result = run(corpus, "--csv", corpus / "nowhere" / "curve.csv")
    assert "its folder is not there" in str(getattr(result.exception, "hint", ""))


def test_a_menu_that_is_not_there(corpus: Path) -> None:
    result = run(corpus, "--plan", corpus / "plan.yaml", "--menu", "asks")
    assert "there are: ask" in str(result.exception)


COLLECT = """name: shop
language: en
numbers: {"7001": pay}
blocks:
  pay:
    - collect: what
      prompt: How much?
      {0}
      speech: yes
      secret: no
      otherwise: [hang_up]
    - {collect: pin, prompt: Your PIN?}
    - hang_up
"""


@pytest.mark.parametrize(
    ("kind", "label", "why"),
    [
        ("type: amount", "five euros,5.00", r"amounts \(150 or 3.50\)"),
        ("type: amount", "fifteen,50", "what is said means 15, and the label says 50"),
        ("type: amount", "fifteen,", "says none"),
        ("type: date", "tomorrow,2026-02-29", r"dates \(2026-05-01\)"),
        ("type: date", "tomorrow,2026-02-27", "what is said means 2026-02-28"),
        ("length: 3-4", "one two,12", "digits"),
        ("length: 3-4", "x,1²3", "digits"),
    ],
)
def test_labels_of_values_that_cannot_be_are_told(corpus: Path, kind: str, label: str, why: str) -> None:
    (corpus / "shop.yaml").write_text(COLLECT.replace("{0}", kind))
    (corpus / "labels.csv").write_text(f"file,said,choice\na.wav,{label}\n")
    asked = ("--plan", corpus / "shop.yaml", "--menu", "pay/0", "--today", "2026-02-27")
    result = run(corpus, *asked, "--engine", "pocketsphinx")
    assert isinstance(result.exception, ConfigError)
    with pytest.raises(ConfigError, match=why) as caught:
        raise result.exception
    assert caught.value.location is not None
    assert caught.value.location.line == 2


DATES = {
    "tomorrow": "2026-02-28",
    "yesterday": "2026-02-26",
    "the third of march": "2026-03-03",
    "november tenth": "2026-11-10",
    "the fifteenth of august": "2026-08-15",
}


@pytest.mark.slow
def test_dates_that_are_said_are_understood_by_a_real_recogniser(tmp_path: Path) -> None:
    lines = ["file,said,choice"]
    for number, (said, meant) in enumerate(DATES.items()):
        mulaw(tmp_path / f"{number}.wav", speech(said, "en"))
        lines.append(f"{number}.wav,{said},{meant}")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "shop.yaml").write_text(COLLECT.replace("{0}", "type: date"))
    asked = ("--plan", tmp_path / "shop.yaml", "--menu", "pay/0", "--today", "2026-02-27")
    (found,) = figures(tmp_path, *asked, "--engine", "pocketsphinx")
    assert found["in_grammar"] == 5
    assert found["in_accepted"] == found["wrong"] == 0, "it reads everything back"
    assert found["in_confirmed"] >= 3


def test_what_is_only_typed_cannot_be_evaluated(corpus: Path) -> None:
    (corpus / "shop.yaml").write_text(COLLECT.replace("{0}", "type: date"))
    plan = ("--plan", corpus / "shop.yaml", "--engine", "pocketsphinx")
    assert "nothing can be said to pay/1" in str(run(corpus, *plan, "--menu", "pay/1").exception)
    assert "there are: pay/0" in str(run(corpus, *plan, "--menu", "pay").exception)


def test_a_bad_phrase_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "phrases.csv"
    path.write_text("choice,phrase\nhours,[the opening hours\n")
    with pytest.raises(ConfigError, match=r"phrases.csv:2:1: .*not closed"):
        read_phrases(path, "en")


@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (8000, 2)])
def test_other_audio_is_refused(tmp_path: Path, rate: int, channels: int) -> None:
    path = tmp_path / "x.wav"
    linear(path, bytes(400), rate, channels)
    with pytest.raises(ValueError, match=f"{channels} channels, {rate} Hz"):
        read_wav(path.read_bytes())


def test_mulaw_is_what_it_was(tmp_path: Path) -> None:
    mulaw(tmp_path / "x.wav", speech("operator", "en"))
    rate, pcm = read_wav((tmp_path / "x.wav").read_bytes())
    assert rate == 8000
    assert samples_of(pcm) == decode(encode(samples_of(resampled(speech("operator", "en"), 16000, 8000))))


def test_labels_are_read(corpus: Path) -> None:
    assert [(one.path.name, one.choice) for one in read_labels(corpus)][3:] == [("d.wav", ""), ("e.wav", "")]
