"""One value or comment as YAML text. Whatever the text, it reads back as it was.

Plain where that is safe, in double quotes otherwise: those know an escape for every character.
"""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[^\W\d_](?:[\w .,!?;'/()+*=<>&|%$@^~-]*[\w.!?)'])?")
_DURATION = re.compile(r"\d+(?:\.\d+)?(?:ms|s|m|h)")
_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "none", "y", "n", "nan", "inf", "infinity"}
FOLD = 88
"""Texts longer than this, in characters, are folded over several lines."""


def scalar(value: str | float | bool) -> str:
    """Write one value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return value if is_plain(value) else quoted(value)


def is_plain(text: str) -> bool:
    """Whether a text needs no quotes: it cannot be taken for a number, a boolean, or YAML's own signs."""
    if _DURATION.fullmatch(text):
        return True
    printable = all(letter == " " or letter.isprintable() for letter in text)
    plain = bool(_PLAIN.fullmatch(text)) and printable and "  " not in text
    return plain and text.casefold() not in _WORDS


def in_flow(value: str | float | bool) -> str:
    """Write one value for within ``[ ]`` or ``{ }``, where more signs mean something."""
    if isinstance(value, str) and is_plain(value) and set(value) & set(",?&*!|>%@"):
        return quoted(value)
    return scalar(value)


def quoted(text: str) -> str:
    """Write a text in double quotes; half a surrogate pair, which YAML cannot hold, becomes U+FFFD."""
    return "".join(_escaped(letter) for letter in json.dumps(_sound(text), ensure_ascii=False))


def _escaped(letter: str) -> str:
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _sound(text: str) -> str:
    return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)


def folded(text: str) -> list[str] | None:
    """Give the lines of a long text for ``>-``; None if it is short, or would not read back the same."""
    words = text.split(" ")
    if len(text) <= FOLD or not all(word and word.isprintable() for word in words):
        return None
    lines, line = [], words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) > FOLD:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}"
    return [_sound(line) for line in [*lines, line]]


def comment(text: str) -> str:
    """Make text safe for a comment: one line, nothing that cannot be printed."""
    return "".join(letter if letter.isprintable() else " " for letter in _sound(text)).strip()
