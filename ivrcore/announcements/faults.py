"""What is wrong with a draft: one judge for the API, the command line, the phone and files. Pure.

A fault names the field that it is about, and a file's reader knows where that field was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ivrcore.announcements import rules
from ivrcore.announcements.board import Board, over
from ivrcore.announcements.drafts import Draft, Fault, Surroundings, SwitchDraft, plain
from ivrcore.model.announcement import EVERYWHERE
from ivrcore.model.names import EmergencyAction
from ivrcore.problems import did_you_mean, quoted

MOST_ANNOUNCEMENTS = 50
MOST_SCOPES = 100
MOST_NUMBERS = 100
MOST_LANGUAGES = 20
LONGEST_TEXT = 1000
"""Characters: about a minute of speech."""

_NAME = re.compile(r"[\w][\w.-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


# --- announcements ------------------------------------------------------------------------------


def find_faults(draft: Draft, around: Surroundings, board: Board, now: float) -> list[Fault]:
    """Give everything that is wrong with a draft, warnings included."""
    return [
        *_name_faults(draft.name),
        *_said_faults(draft.texts, around, draft.numbers, recording=draft.recording),
        *_recording_faults(draft.recording, around),
        *_number_faults(draft.numbers, around),
        *_time_faults(draft, now),
        *_room_faults(draft.name, board, now),
    ]


def _name_faults(name: str) -> Iterator[Fault]:
    if not _NAME.fullmatch(name):
        message = f"an announcement cannot be named {quoted(name)}"
        yield Fault(rules.BAD_NAME, "name", message, "letters, digits, '.', '_' and '-', 64 at most")


def _said_faults(
    texts: Mapping[str, str], around: Surroundings, numbers: Iterable[str] = (), *, recording: str = ""
) -> Iterator[Fault]:
    if not texts and not recording:
        yield Fault(rules.NOTHING_SAID, "texts", "there is nothing to be heard", "give a text or a recording")
    if len(texts) > MOST_LANGUAGES:
        yield Fault(rules.BAD_TEXT, "texts", f"there are more than {MOST_LANGUAGES} languages")
    for tag, text in texts.items():
        yield from _text_faults(tag, text)
    spoken = around.languages(numbers)
    if texts and not recording:
        for tag in spoken:
            if tag not in texts:
                message = f"callers in {quoted(tag)} will hear it in {quoted(next(iter(texts)))}"
                yield Fault(rules.UNTOLD_LANGUAGE, "texts", message, f"add a text in {tag}")
    for tag in texts:
        if spoken and tag not in around.languages():
            message = f"no dialplan speaks {quoted(tag)}"
            yield Fault(rules.UNHEARD_LANGUAGE, f"texts.{tag}", message, did_you_mean(tag, spoken))


def _text_faults(tag: str, text: str) -> Iterator[Fault]:
    place = f"texts.{tag}"
    if not _LANGUAGE.fullmatch(tag):
        yield Fault(rules.BAD_TEXT, place, f"{quoted(tag)} is no language", "such as en, ko or zh")
    if not text.strip():
        yield Fault(rules.BAD_TEXT, place, f"the text in {quoted(tag)} is empty")
    elif len(text) > LONGEST_TEXT:
        message = f"the text in {quoted(tag)} has {len(text)} characters"
        yield Fault(rules.BAD_TEXT, place, message, f"{LONGEST_TEXT} at most: callers wait for its end")
    elif not plain(text).isprintable():
        yield Fault(rules.BAD_TEXT, place, f"the text in {quoted(tag)} has unprintable characters")


def _recording_faults(recording: str, around: Surroundings) -> Iterator[Fault]:
    if recording and not around.has_recording(recording):
        message = f"there is no recording {quoted(recording)} in the prompt folder"
        yield Fault(rules.MISSING_RECORDING, "recording", message, "its path there, without the ending")


def _number_faults(numbers: Iterable[str], around: Surroundings) -> Iterator[Fault]:
    given = tuple(numbers)
    if len(given) > MOST_NUMBERS:
        yield Fault(rules.TOO_MANY, "numbers", f"{len(given)} numbers", f"{MOST_NUMBERS} at most; none: all")
    for number in given[:MOST_NUMBERS]:
        if number not in around.numbers:
            message = f"no dialplan takes calls to {quoted(number)}"
            yield Fault(rules.UNKNOWN_NUMBER, "numbers", message, did_you_mean(number, around.numbers))


def _time_faults(draft: Draft, now: float) -> Iterator[Fault]:
    if draft.ends is None:
        return
    if draft.starts is not None and draft.ends <= draft.starts:
        yield Fault(rules.BAD_TIME, "ends", "it would end before it starts")
    elif draft.ends <= now:
        yield Fault(rules.OVER, "ends", "its end has passed: nobody hears it")


def _room_faults(name: str, board: Board, now: float) -> Iterator[Fault]:
    others = [one for one in board.posted if one != name and not over(board.posted[one].announcement, now)]
    if len(others) >= MOST_ANNOUNCEMENTS:
        message = f"there are {len(others)} announcements already"
        yield Fault(rules.TOO_MANY, "name", message, "withdraw one that is not needed any more")


# --- the emergency switch -----------------------------------------------------------------------


def switch_faults(draft: SwitchDraft, around: Surroundings, board: Board) -> list[Fault]:
    """Give everything that is wrong with a draft of the switch, warnings included."""
    return [*_scope_faults(draft, around, board), *_message_faults(draft, around), *_forward(draft, around)]


def _scope_faults(draft: SwitchDraft, around: Surroundings, board: Board) -> Iterator[Fault]:
    if draft.scope not in (EVERYWHERE, *around.numbers, *board.switched):
        message = f"no dialplan takes calls to {quoted(draft.scope)}"
        hint = did_you_mean(draft.scope, (EVERYWHERE, *around.numbers))
        yield Fault(rules.UNKNOWN_NUMBER, "scope", message, hint)
    elif draft.scope in around.always_open and draft.action is not EmergencyAction.OPEN:
        message = f"{quoted(draft.scope)} is a line of the supervisors, which stays open"
        yield Fault(rules.ALWAYS_OPEN, "scope", message, "supervisors: numbers: in the configuration")
    elif draft.scope not in board.switched and len(board.switched) >= MOST_SCOPES:
        message = f"{len(board.switched)} emergency switches are on already"
        yield Fault(rules.TOO_MANY, "scope", message, f"use the scope {EVERYWHERE}")


def _message_faults(draft: SwitchDraft, around: Surroundings) -> Iterator[Fault]:
    silent = draft.action in (EmergencyAction.CLOSE, EmergencyAction.FORWARD) and not draft.texts
    if draft.action is EmergencyAction.OPEN or silent:
        return
    numbers = () if draft.scope == EVERYWHERE else (draft.scope,)
    yield from _said_faults(draft.texts, around, numbers)


def _forward(draft: SwitchDraft, around: Surroundings) -> Iterator[Fault]:
    if draft.action is not EmergencyAction.FORWARD:
        return
    why = around.may_forward(draft.number) if draft.number else "no number is given"
    if why is not None:
        yield Fault(
            rules.BAD_FORWARD,
            "number",
            f"calls cannot be forwarded: {why}",
            "see transfers in docs/telephony.md",
        )
