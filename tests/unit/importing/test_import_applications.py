"""Every application: what steps it becomes, and what is listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivrcore.importing.extensions.applications import APPLICATIONS
from tests.unit.importing.imports import Result, conf

TABLE: list[tuple[str, Any, list[str]]] = [
    ("Answer()", ["answer"], []),
    ("Answer(500)", ["answer"], ["IMP207"]),
    ("Hangup()", ["hang_up"], []),
    ("Hangup", ["hang_up"], []),
    ("Hangup(17)", [{"hang_up": "busy"}], []),
    ("Hangup(34)", [{"hang_up": "congestion"}], []),
    ("Hangup(1)", [{"hang_up": "unallocated"}], []),
    ("Hangup(21)", [{"hang_up": "rejected"}], []),
    ("Hangup(38)", ["hang_up"], ["IMP208"]),
    ("Exec(Busy(10))", [{"hang_up": "busy"}], []),
    ("Exec(Congestion())", [{"hang_up": "congestion"}], []),
    ("Playback(welcome)", [{"play": "welcome"}], []),
    ("Playback(a&custom/b.wav)", [{"play": ["a", "custom/b"]}], []),
    ("Playback(a,noanswer)", [{"play": "a"}], []),
    ("Playback(a,x)", [{"play": "a"}], ["IMP207"]),
    ("Playback(${FILE})", None, ["IMP103"]),
    ("Playback(hello-${LANG})", None, ["IMP103"]),
    ("Background(no-keys-here)", [{"play": "no-keys-here"}], []),
    ("ControlPlayback(a)", [{"play": "a"}], []),
    ("Wait(2)", [{"pause": "2s"}], []),
    ("Wait(0.5)", [{"pause": "500ms"}], []),
    ("Wait(soon)", None, ["IMP102"]),
    ("WaitExten(3)", [{"pause": "3s"}], []),
    ("Goto(other,s,1)", [{"goto": "other"}], []),
    ("Goto(s,1)", [{"goto": "main"}], []),
    ("Goto(nowhere,s,1)", None, ["IMP103"]),
    ("Goto(other,s,9)", None, ["IMP103"]),
    ("Goto(${WHERE},s,1)", None, ["IMP103"]),
    ('GotoIf($["${X}" = "1"]?other,s,1)', [{"if": "x == '1'", "then": [{"goto": "other"}]}], ["IMP206"]),
    (
        "GotoIf($[${X} > 3]?other,s,1:sub,s,1)",
        [{"if": "number(x) > 3", "then": [{"goto": "other"}], "else": [{"goto": "sub"}]}],
        ["IMP206"],
    ),
    (
        "GotoIf(${X}?:other,s,1)",
        [{"if": "not (x not in ['', '0'])", "then": [{"goto": "other"}]}],
        ["IMP206"],
    ),
    ("GotoIf($[abc =~ a]?other,s,1)", None, ["IMP102"]),
    ("GotoIf($[abc =~ a]?other,s,1:sub,s,1)", [{"goto": "sub"}], ["IMP102"]),
    (
        "GotoIfTime(9:00-17:00,mon-fri,*,*?other,s,1)",
        [{"if": "hours.mon_fri_0900_1700 == 'open'", "then": [{"goto": "other"}]}],
        ["IMP204"],
    ),
    (
        "GotoIfTime(*,*,25,dec?other,s,1)",
        [
            {
                "if": "contains(time.date, '-12-') and ends_with(time.date, '-25')",
                "then": [{"goto": "other"}],
            }
        ],
        ["IMP204"],
    ),
    ("GotoIfTime(whenever,*,*,*?other,s,1)", None, ["IMP102"]),
    ("Gosub(sub,s,1)", [{"do": "sub"}], []),
    ("Gosub(sub,s,1(a,${X}))", [{"set": {"arg1": "a", "arg2": "{x}"}}, {"do": "sub"}], ["IMP206"]),
    ("GosubIf($[1 = 1]?sub,s,1)", [{"if": "1 == 1", "then": [{"do": "sub"}]}], []),
    ("Return()", ["return"], []),
    ("Return(5)", [{"set": {"gosub_retval": 5}}, "return"], []),
    ("Queue(cards)", [{"queue": "cards"}], []),
    ("Queue(cards,tT,,,60)", [{"queue": "cards"}], ["IMP207"]),
    ("Queue(${Q})", None, ["IMP103"]),
    ("Set(X=5)", [{"set": {"x": 5}}], []),
    ("Set(X=abc)", [{"set": {"x": "abc"}}], []),
    ("Set(X=007)", [{"set": {"x": "007"}}], []),
    ("Set(__X={a}${X})", [{"set": {"x": "{{a}}{x}"}}], []),
    ("Set(X=$[${X} + 1])", [{"set": {"x": "{x + 1}"}}], []),
    ("Set(X=${CALLERID(num)})", [{"set": {"x": "{call.caller}"}}], []),
    ("Set(X=${EXTEN})", [{"set": {"x": "{'s'}"}}], []),
    ("Set(X=${CURL(http://x)})", None, ["IMP102"]),
    ("Set(X=${Y:1:2})", [{"set": {"x": "{first(last(y, length(y) - 1), 2)}"}}], ["IMP206"]),
    ("Set(CHANNEL(language)=ko)", [{"language": "ko"}], []),
    ("Set(CHANNEL(musicclass)=x)", None, ["IMP102"]),
    ("Set(QUEUE_PRIO=10)", [{"contact": {"priority": 10}}], []),
    ("Set(TIMEOUT(digit)=3)", None, []),
    ("Set(TIMEOUT(response)=8)", None, []),
    ("Set(TIMEOUT(absolute)=60)", None, ["IMP102"]),
    ("Set(GLOBAL(X)=1)", [{"set": {"x": 1}}], ["IMP208"]),
    ("Set(CDR(userfield)=told)", [{"disposition": "told"}], []),
    ("Set(nonsense)", None, ["IMP102"]),
    ("MSet(A=1,B=b)", [{"set": {"a": 1}}, {"set": {"b": "b"}}], []),
    ("ResponseTimeout(5)", None, []),
    ("DigitTimeout(5)", None, []),
    ("SayDigits(123)", [{"say": "{'123':digits}"}], []),
    ("SayDigits(${X})", [{"say": "{x:digits}"}], ["IMP206"]),
    ("SayNumber(42)", [{"say": "{42:number}"}], []),
    ("SayNumber(42,f)", [{"say": "{42:number}"}], ["IMP207"]),
    (
        "Read(PIN,enter-pin,4,,3,5)",
        [
            {
                "collect": "pin",
                "prompt": {"play": "enter-pin"},
                "length": "1-4",
                "timeout": "5s",
                "no_input": [{"play": "enter-pin"}] * 2,
                "no_match": [{"play": "enter-pin"}] * 2,
                "otherwise": [{"set": {"pin": ""}}],
            }
        ],
        [],
    ),
    ("Read(,a)", None, ["IMP102"]),
    (
        "VoiceMail(100@default,u)",
        [{"record": "voicemail-100", "prompt": {"play": "vm-intro"}}],
        ["IMP207", "IMP209"],
    ),
    (
        "Record(/tmp/note.wav,3,60)",
        [{"record": "note", "prompt": {"play": "beep"}, "silence": "3s", "longest": "60s"}],
        ["IMP209"],
    ),
    ("ExecIf($[1 = 2]?Set(X=1):Hangup())", None, []),
    ("ExecIf($[1 = 2]?Playback(a))", [{"if": "1 == 2", "then": [{"play": "a"}]}], []),
    ("ExecIf($[1 = 2]?AGI(x))", None, ["IMP101"]),
    (
        "ExecIfTime(9:00-17:00,*,*,*?Playback(a))",
        [{"if": "hours.daily_0900_1700 == 'open'", "then": [{"play": "a"}]}],
        ["IMP204"],
    ),
    ("Exec(Playback(a))", [{"play": "a"}], []),
    ("TryExec(Queue(cards))", [{"queue": "cards"}], []),
    ("NoOp(hello)", None, []),
    ("Verbose(1,hello)", None, []),
    ("Log(NOTICE,hello)", None, []),
    ("DumpChan()", None, []),
    ("Progress()", None, []),
    ("Proceeding()", None, []),
    ("Ringing()", None, []),
    ("SayAlpha(abc)", None, ["IMP101"]),
    ("Playtones(busy)", None, ["IMP101"]),
    ("AGI(script.py)", None, ["IMP101"]),
    ("Macro(stdexten)", None, ["IMP101"]),
    ("MacroExclusive(stdexten)", None, ["IMP101"]),
    ("Dial(PJSIP/agent1)", None, ["IMP109"]),
    ("Dial(PJSIP/a&PJSIP/b)", None, ["IMP109"]),
    ("Dial(PJSIP/+8221234567@trunk,30,tT)", [{"transfer": "+8221234567", "ring": "30s"}], ["IMP209"]),
    ("Dial(SIP/trunk/0312345678,,M(x))", [{"transfer": "0312345678"}], ["IMP207", "IMP209"]),
]

SOURCE = """
[main]
exten => s,1,{}
 same => n,NoOp(end)
[other]
exten => s,1,Hangup()
[sub]
exten => s,1,Return()
"""


def imported(folder: Path, line: str) -> Result:
    return conf(folder, SOURCE.format(line))


@pytest.mark.parametrize(("line", "steps", "codes"), TABLE, ids=[row[0] for row in TABLE])
def test_an_application_becomes_steps(tmp_path: Path, line: str, steps: Any, codes: list[str]) -> None:
    result = imported(tmp_path, line)
    assert result.codes == codes
    if steps is not None:
        assert result.plan["blocks"]["main"][: len(steps)] == steps
    assert "# extensions.conf:3" in result.text or "extensions.conf:3" in result.text


def test_every_application_has_a_row_here() -> None:
    tested = {row[0].partition("(")[0].casefold() for row in TABLE} | {"busy", "congestion"}
    assert set(APPLICATIONS) - tested == set()


def test_what_is_not_translated_stands_in_a_comment_and_in_the_list(tmp_path: Path) -> None:
    result = imported(tmp_path, "AGI(find.py)")
    assert "# not translated (IMP101): exten => s,1,AGI(find.py)   extensions.conf:3" in result.text
    (problem,) = result.problems.errors
    assert (problem.location.line, "lookup" in problem.hint) == (3, True)


@pytest.mark.parametrize(("line", "answer"), [("Busy(10)", "busy"), ("Congestion()", "congestion")])
def test_a_call_that_is_refused_at_once_is_not_picked_up(tmp_path: Path, line: str, answer: str) -> None:
    result = imported(tmp_path, line)
    assert result.plan["numbers"]["0"] == {"answer": answer}
    assert "extensions.conf:3" in result.text
