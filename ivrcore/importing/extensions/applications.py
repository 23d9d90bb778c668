"""Asterisk's applications as steps: one function each, in one table, of which the documentation is made.

Those that ask for keys or end a call's stretch (Background, WaitExten, Dial) are in `flow` and `asking`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ivrcore.importing import rules
from ivrcore.importing.draft import Step, Steps, Value, hang_up, note, plain_name, played, step
from ivrcore.importing.extensions import setting
from ivrcore.importing.extensions.arguments import Arguments, application, split, two_ways
from ivrcore.importing.extensions.durations import seconds
from ivrcore.importing.extensions.passage import Application, Passage, either
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.problems import quoted

CAUSES = {
    "": "normal",
    "16": "normal",
    "17": "busy",
    "34": "congestion",
    "42": "congestion",
    "1": "unallocated",
}
CAUSES |= {"21": "rejected", "NORMAL_CLEARING": "normal", "USER_BUSY": "busy", "CALL_REJECTED": "rejected"}
MOST_WITHIN = 4
"""Applications within applications: ExecIf(…?ExecIf(…))."""


def _left_out(passage: Passage, what: str, hint: str = "") -> None:
    passage.warn(rules.OPTION, f"{what} was left out", hint)


def _quiet(_passage: Passage, _arguments: str) -> Steps:
    return Steps()


def _answer(passage: Passage, arguments: str) -> Steps:
    if arguments:
        _left_out(passage, "the delay of Answer")
    return Steps([step("answer", "")])


def _hangup(passage: Passage, arguments: str) -> Steps:
    cause = CAUSES.get(arguments.strip().upper())
    if cause is None:
        message = f"the cause {quoted(arguments)} becomes normal"
        passage.warn(
            rules.DIFFERENT, message, "hang_up knows normal, busy, congestion, unallocated, rejected"
        )
    return Steps([hang_up(cause or "normal")])


def _busy(_passage: Passage, _arguments: str) -> Steps:
    return Steps([hang_up("busy")])


def _congestion(_passage: Passage, _arguments: str) -> Steps:
    return Steps([hang_up("congestion")])


def _playback(passage: Passage, arguments: str) -> Steps:
    files = passage.sounds(Arguments(arguments)[0])
    options = Arguments(arguments)[1]
    if options and options not in ("skip", "noanswer", "skip,noanswer", "say", "mix"):
        _left_out(passage, f"Playback's option {quoted(options)}")
    if not files:
        raise Untold("there is no recording to play")
    made = step("play", files[0] if len(files) == 1 else list[Value](files))
    made.held = True
    return Steps([made])


def _wait(passage: Passage, arguments: str) -> Steps:
    pause = seconds(arguments or "1", "the wait", most=60)
    return Steps([step("pause", pause)]) if pause != "0s" else Steps()


def _goto(passage: Passage, arguments: str) -> Steps:
    steps = passage.go(arguments)
    return Steps([*steps, hang_up("unallocated")]) if steps.goes_on else steps


def _goto_if(passage: Passage, arguments: str) -> Steps:
    return _decided(passage, arguments, passage.condition)


def _goto_if_time(passage: Passage, arguments: str) -> Steps:
    return _decided(passage, arguments, lambda written: passage.ground.when(written, passage.line))


def _decided(passage: Passage, arguments: str, tell: Callable[[str], str]) -> Steps:
    """Make an ``if``; a condition that has no translation is taken as one that does not hold."""
    written, yes, no = two_ways(arguments)
    try:
        return _ways(passage, tell(written), yes, no)
    except Untold as why:
        if not no or why.rule is rules.NO_TARGET:
            raise
        passage.warn(why.rule, f"{why.message}; it is taken as not holding", why.hint)
        told = f"not translated ({why.rule.code}): if {written}, go to {yes or 'what follows'}"
        return Steps([note(told), *passage.go(no)])


def _ways(passage: Passage, condition: str, yes: str, no: str, verb: str = "goto") -> Steps:
    then = passage.go(yes, verb) if yes else Steps()
    otherwise = passage.go(no, verb) if no else Steps()
    if not then and not otherwise:
        return Steps([note("neither way leads anywhere")])
    return Steps([either(condition, then, otherwise)])


def _gosub(passage: Passage, arguments: str) -> Steps:
    target, given = _subroutine(passage, arguments)
    return Steps([*given, *passage.go(target, "do")])


def _subroutine(passage: Passage, arguments: str) -> tuple[str, Steps]:
    """Cut ``context,extension,priority(a,b)`` into the target and the steps that set ARG1, ARG2."""
    target, sign, inner = arguments.partition("(")
    given = split(inner.rstrip().removesuffix(")")) if sign and inner.strip(" )") else []
    variables = passage.ground.variables
    sets: dict[str, Value] = {
        variables.set(f"ARG{place}"): passage.values.value(value) for place, value in enumerate(given, 1)
    }
    return target, Steps([step("set", sets)]) if sets else Steps()


def _gosub_if(passage: Passage, arguments: str) -> Steps:
    written, yes, no = two_ways(arguments)
    ways = [_subroutine(passage, way) if way else ("", Steps()) for way in (yes, no)]
    then, otherwise = (Steps([*given, *passage.go(to, "do")]) if to else Steps() for to, given in ways)
    if not then and not otherwise:
        return Steps([note("neither way leads anywhere")])
    return Steps([either(passage.condition(written), then, otherwise)])


def _return(passage: Passage, arguments: str) -> Steps:
    given = Steps()
    if arguments:
        name = passage.ground.variables.set("GOSUB_RETVAL")
        given.append(step("set", {name: passage.values.value(arguments)}))
    return Steps([*given, step("return", "")])


def _queue(passage: Passage, arguments: str) -> Steps:
    given = Arguments(arguments)
    name = passage.fixed(given[0], "the queue")
    if not name:
        raise Untold("there is no queue's name")
    for place, what in (
        (1, "options"),
        (2, "URL"),
        (3, "announcement"),
        (4, "time-out"),
        (5, "AGI"),
        (6, "macro"),
    ):
        if given[place] and not (place == 1 and set(given[place]) <= set("tTcCrR")):
            hint = "the queue's own settings are in config/ivrcore.yaml" if place in (1, 3, 4) else ""
            _left_out(passage, f"Queue's {what} {quoted(given[place])}", hint)
    return Steps([step("queue", name)])


def _say_digits(passage: Passage, arguments: str) -> Steps:
    return _say(passage, arguments, "digits")


def _say_number(passage: Passage, arguments: str) -> Steps:
    if Arguments(arguments)[1]:
        _left_out(passage, "SayNumber's gender")
    return _say(passage, Arguments(arguments)[0], "number")


def _say(passage: Passage, arguments: str, saying: str) -> Steps:
    told = passage.values.operand(arguments)
    text = told.number if saying == "number" else told.as_text
    if told.kind == "number" and told.text.isdigit():
        text = f"'{told.text}'" if saying == "digits" else told.text
    return Steps([step("say", "{" + text + ":" + saying + "}")])


def _read(passage: Passage, arguments: str) -> Steps:
    given = Arguments(arguments)
    name = given[0].strip()
    if not re.fullmatch(r"_{0,2}[A-Za-z]\w*", name):
        raise Untold(f"{quoted(name)} is no variable to read into")
    ours = passage.ground.variables.set(name)
    files = passage.sounds(given[1]) if given[1] else []
    most = passage.fixed(given[2], "the length") or "0"
    if not most.isdigit():
        raise Untold(f"the length {quoted(most)} is no number")
    if given[3] and set(given[3]) - set("sni"):
        _left_out(passage, f"Read's options {quoted(given[3])}")
    tries = given[4] if given[4].isdigit() else "1"
    prompt = played(files) or ["Please enter the number."]
    if not files:
        passage.warn(
            rules.DIFFERENT, "Read has no recording; a text was put", "write what callers are to enter"
        )
    fields: dict[str, Value] = {"collect": ours, "prompt": _one(prompt)}
    fields["length"] = f"1-{min(int(most), 30)}" if int(most) not in (0, 1) else (1 if int(most) else "1-20")
    fields["timeout"] = (
        seconds(given[5], "the time-out", 0.5) if given[5] else passage.ground.settings.response
    )
    if passage.ground.settings.digit:
        fields["between"] = passage.ground.settings.digit
    again: list[Value] = [_one(prompt) for _ in range(min(int(tries), 10) - 1)]
    fields |= {"no_input": again, "no_match": list(again)}
    fields["otherwise"] = Steps([step("set", {ours: ""})])
    return Steps([Step(fields)])


def _one(prompt: list[str | dict[str, Value]]) -> Value:
    return (
        prompt[0] if len(prompt) == 1 else {"play": [one["play"] for one in prompt if isinstance(one, dict)]}
    )


def _voicemail(passage: Passage, arguments: str) -> Steps:
    given = Arguments(arguments)
    box = passage.fixed(split(given[0], "&")[0], "the mailbox").partition("@")[0]
    quiet = "s" in given[1]
    prompt: Value = "Please leave a message after the tone." if quiet else {"play": "vm-intro"}
    if not quiet:
        passage.ground.recordings.setdefault("vm-intro", passage.line)
    if set(given[1]) & set("ub"):
        _left_out(passage, "the mailbox owner's own greeting", "record it and put it into 'prompt'")
    name = plain_name(f"voicemail-{box or 'box'}")
    _mailbox(passage, name)
    return Steps([Step({"record": name, "prompt": prompt})])


def _mailbox(passage: Passage, name: str) -> None:
    passage.warn(rules.NEEDS_SETUP, f"the mailbox {quoted(name)} must be in the configuration")


def _record(passage: Passage, arguments: str) -> Steps:
    given = Arguments(arguments)
    name = passage.fixed(given[0], "the recording").rpartition("/")[2].partition(".")[0].partition(":")[0]
    fields: dict[str, Value] = {"record": plain_name(name), "prompt": {"play": "beep"}}
    passage.ground.recordings.setdefault("beep", passage.line)
    for place, key, most in ((1, "silence", 60), (2, "longest", 1800)):
        if given[place] and given[place] != "0":
            fields[key] = seconds(given[place], key, 1.0, most)
    _mailbox(passage, plain_name(name))
    if given[3]:
        _left_out(passage, f"Record's options {quoted(given[3])}")
    return Steps([Step(fields)])


def _exec_if(passage: Passage, arguments: str) -> Steps:
    written, yes, no = two_ways(arguments)
    return _either(passage, passage.condition(written), yes, no)


def _exec_if_time(passage: Passage, arguments: str) -> Steps:
    written, yes, no = two_ways(arguments)
    return _either(passage, passage.ground.when(written, passage.line), yes, no)


def _either(passage: Passage, condition: str, yes: str, no: str) -> Steps:
    then, otherwise = (within(passage, text) if text else Steps() for text in (yes, no))
    if not then and not otherwise:
        return Steps([note("this does nothing either way")])
    return Steps([either(condition, then, otherwise)])


def within(passage: Passage, text: str) -> Steps:
    """Translate an application that another one runs."""
    called = application(text)
    if called is None:
        raise Untold(f"{quoted(text)} is no application")
    translate = APPLICATIONS.get(called[0].casefold())
    if translate is None or passage.nested >= MOST_WITHIN:
        raise Untold(f"{called[0]} within another application has no translation", "", rules.NO_APPLICATION)
    passage.nested += 1
    try:
        return translate.run(passage, called[1])
    finally:
        passage.nested -= 1


def _exec(passage: Passage, arguments: str) -> Steps:
    return within(passage, arguments)


@dataclass(frozen=True, slots=True)
class Translation:
    """One row: the application as Asterisk writes it, what becomes of it, and what does it."""

    name: str
    becomes: str
    run: Application


_TABLE = (
    Translation("Answer", "`answer`; nothing where calls are picked up at once", _answer),
    Translation("Hangup", "`hang_up`, causes 1, 16, 17, 21, 34, 42; others become normal (IMP208)", _hangup),
    Translation("Busy", "`hang_up: busy`", _busy),
    Translation("Congestion", "`hang_up: congestion`", _congestion),
    Translation("Playback", "`play`", _playback),
    Translation("ControlPlayback", "`play`", _playback),
    Translation("Wait", "`pause`", _wait),
    Translation("Goto", "`goto`; a computed target is listed (IMP103)", _goto),
    Translation("GotoIf", "`if` with `goto`", _goto_if),
    Translation("GotoIfTime", "`hours:` and `if` with `goto`", _goto_if_time),
    Translation("Gosub", "`do`; arguments are set as `arg1`, `arg2`", _gosub),
    Translation("GosubIf", "`if` with `do`", _gosub_if),
    Translation("Return", "`return`; a value is set as `gosub_retval`", _return),
    Translation("Queue", "`queue`; what the queue's settings say is left out (IMP207)", _queue),
    Translation(
        "Set", "`set`, `language`, `contact` (QUEUE_PRIO), `disposition` (CDR(userfield))", setting.set_one
    ),
    Translation("MSet", "as several Set", setting.set_several),
    Translation("ResponseTimeout", "the `timeout` of menus", setting.response_timeout),
    Translation("DigitTimeout", "`between` of `collect`", setting.digit_timeout),
    Translation("SayDigits", "`say` with `{…:digits}`", _say_digits),
    Translation("SayNumber", "`say` with `{…:number}`", _say_number),
    Translation("Read", "`collect`", _read),
    Translation("VoiceMail", "`record`", _voicemail),
    Translation("Record", "`record`", _record),
    Translation("ExecIf", "`if` with the steps of the applications", _exec_if),
    Translation("ExecIfTime", "`hours:` and `if`", _exec_if_time),
    Translation("Exec", "as what it runs", _exec),
    Translation("TryExec", "as what it runs", _exec),
    Translation("NoOp", "a comment", _quiet),
    Translation("Verbose", "a comment", _quiet),
    Translation("Log", "a comment", _quiet),
    Translation("DumpChan", "a comment", _quiet),
    Translation("Progress", "a comment: calls are picked up at once", _quiet),
    Translation("Proceeding", "a comment: calls are picked up at once", _quiet),
    Translation("Ringing", "`answer: ring` of the number, if it comes first; else a comment", _quiet),
)
APPLICATIONS = {row.name.casefold(): row for row in _TABLE}
"""What applications become, by name in small letters."""

HINTS = {
    "agi": "what the script finds out, a 'lookup' step can ask for over HTTP",
    "authenticate": "use 'identify' with supervisors or a lookup",
    "macro": "write the macro as a Gosub routine, then import again",
    "macroexclusive": "write the macro as a Gosub routine, then import again",
    "system": "our dialplans run no programs; a 'lookup' step can ask over HTTP",
    "directory": "write the names as a menu with 'say:' phrases",
    "voicemailmain": "messages are listened to in the web page, not by phone",
    "mixmonitor": "calls are recorded by Asterisk's own dialplan before ours begins",
    "musiconhold": "music while waiting is a queue's own",
    "sayalpha": "write the letters as a text: say: A B C",
    "sayphonetic": "write the words as a text with 'say'",
    "playtones": "play a recording of the tone",
    "while": "write the loop as a block that goes to itself, with 'if'",
    "callcompletionrequest": "use 'call_back'",
}
HINTS |= dict.fromkeys(("eagi", "fastagi", "deadagi"), HINTS["agi"])
HINTS |= dict.fromkeys(("monitor", "stopmonitor", "stopmixmonitor"), HINTS["mixmonitor"])
HINTS |= dict.fromkeys(("startmusiconhold", "stopmusiconhold", "setmusiconhold"), HINTS["musiconhold"])
HINTS |= dict.fromkeys(("endwhile", "exitwhile", "continuewhile"), HINTS["while"])
HINTS |= dict.fromkeys(("trysystem", "externalivr"), HINTS["system"])
"""What to do about applications that have no translation."""
