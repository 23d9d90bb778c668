"""An extensions.conf on the real Asterisk, and its import through our server: callers hear the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivrcore.importing.run import import_files
from ivrcore.lab import audio, hearing
from ivrcore.lab.audio import RATE, Samples
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Action, Keys, Stay, Wait
from tests.asterisk.hotlines import check, site

pytestmark = pytest.mark.asterisk

TONES = {"which": 500.0, "one": 700.0, "two": 900.0, "bad": 1100.0, "bye": 1300.0, "told": 1550.0}
"""Every recording is a tone of its own."""
SECONDS = 0.8
WINDOW, LOUD, GAP = RATE // 20, 0.1, 0.6
"""Samples looked at together; the amplitude from which it is a tone; seconds between two of the same."""

SOURCE = """\
[line]
exten => s,1,Answer()
 same => n,Wait(0.5)
 same => n,Set(TRIES=0)
 same => n(ask),Background(which)
 same => n,WaitExten(2)
exten => 1,1,Playback(one)
 same => n,Goto(s,ask)
exten => 2,1,Gosub(told,s,1)
 same => n,Playback(two)
 same => n,Hangup()
exten => 35,1,Playback(two&one)
 same => n,Hangup()
exten => i,1,Set(TRIES=$[${TRIES} + 1])
 same => n,Playback(bad)
 same => n,GotoIf($[${TRIES} < 2]?s,ask)
 same => n,Playback(bye)
 same => n,Hangup()
exten => t,1,Playback(bye)
 same => n,Hangup()

[told]
exten => s,1,Playback(told)
 same => n,Return()
"""
BARE = "[from-trunk]\nexten => 8000,1,Goto(line,s,1)\n"

CALLS: dict[str, list[Action]] = {
    "silence": [],
    "one, then silence": [Wait(2.5), Keys("1")],
    "two": [Wait(2.5), Keys("2")],
    "two keys": [Wait(2.5), Keys("3"), Wait(0.3), Keys("5")],
    "a wrong key twice": [Wait(2.5), Keys("9"), Wait(3.0), Keys("9")],
    "a wrong key, then two": [Wait(2.5), Keys("7"), Wait(3.0), Keys("2")],
    "a key during the recording": [Wait(0.8), Keys("2")],
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HotlineLab]:
    """Both sides: the source in Asterisk's own dialplan at 8000, its import in our server at 5000."""
    folder = tmp_path_factory.mktemp("same")
    source = folder / "extensions.conf"
    source.write_text(SOURCE)
    imported = import_files([source], "same")
    assert imported.text is not None
    assert imported.problems.errors == ()
    plan = imported.text.replace('"0": {start: line}', '"5000": {start: line}')
    with HotlineLab(folder / "lab", config=site(), dialplans={"same.yaml": plan}, bare=SOURCE + BARE) as lab:
        for name, hertz in TONES.items():
            tone = audio.tone(hertz, SECONDS)
            audio.write_wav(lab.site / f"prompts/{name}.wav", tone)
            audio.write_wav(lab.pbx.folder / f"data/sounds/{name}.wav", tone)
        lab.serve()
        yield lab
        check(lab)


@pytest.mark.parametrize("name", CALLS)
def test_given_the_same_keys_when_called_then_the_same_is_heard(lab: HotlineLab, name: str) -> None:
    heard = {}
    for number in ("8000", "5000"):
        result = lab.phones.call(number, [*CALLS[name], Stay(20)]).result()
        assert result.heard is not None
        heard[number] = tones(audio.read_wav(result.heard))
        assert result.ended_by == "far"
    assert heard["5000"] == heard["8000"]
    assert heard["8000"][0] == "which"


def tones(samples: Samples) -> list[str]:
    """Give the names of the tones in the order heard; one that comes again counts after `GAP` without it.

    Shorter gaps are packets that a busy machine sent late.
    """
    found: list[str] = []
    last, missing = "", 0.0
    for begin in range(0, len(samples), WINDOW):
        window = samples[begin : begin + WINDOW]
        levels = {name: hearing.goertzel(window, hertz) for name, hertz in TONES.items()}
        name = max(levels, key=lambda one: levels[one])
        if levels[name] <= LOUD:
            missing += WINDOW / RATE
            continue
        if name != last or missing > GAP:
            found.append(name)
        last, missing = name, 0.0
    return found
