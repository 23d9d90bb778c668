"""What stands in the brackets of an application: cut at commas, not within brackets or quotes."""

from __future__ import annotations

import re

_APPLICATION = re.compile(r"\s*([A-Za-z_]\w*)\s*(.*)", re.DOTALL)
_OPEN, _CLOSE = "([{", ")]}"


def split(text: str, separator: str = ",", most: int = 0) -> list[str]:
    """Cut at a separator outside of brackets and quotes, into at most ``most`` pieces (0: any number)."""
    pieces: list[str] = []
    begin = depth = 0
    inside = False
    for place, letter in enumerate(text):
        if letter == '"' and (place == 0 or text[place - 1] != "\\"):
            inside = not inside
        elif inside:
            continue
        elif letter in _OPEN:
            depth += 1
        elif letter in _CLOSE:
            depth = max(0, depth - 1)
        elif letter == separator and depth == 0 and (not most or len(pieces) < most - 1):
            pieces.append(text[begin:place].strip())
            begin = place + 1
    return [*pieces, text[begin:].strip()]


def application(text: str) -> tuple[str, str] | None:
    """Cut ``Name(arguments)``, ``Name,arguments`` or ``Name`` in two; None if it is none of these."""
    match = _APPLICATION.fullmatch(text.strip())
    if not match:
        return None
    name, rest = match[1], match[2].strip()
    if rest.startswith("("):
        inner = rest[1:-1] if rest.endswith(")") else rest[1:]
        return name, inner.strip()
    if not rest:
        return name, ""
    return (name, rest[1:].strip()) if rest[0] in ",|" else None


class Arguments:
    """Arguments by position; missing ones are empty."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all = split(text) if text else []

    def __getitem__(self, place: int) -> str:
        return self.all[place] if place < len(self.all) else ""

    def __len__(self) -> int:
        return len(self.all)


def jump(text: str) -> tuple[str, str, str]:
    """Read ``[[context,]extension,]priority``; what is not given is empty."""
    parts = split(text)
    if len(parts) == 1 and "|" in text:  # Asterisk before 1.6
        parts = [part.strip() for part in text.split("|")]
    context, extension, priority = ["", "", "", *parts][-3:] if len(parts) <= 3 else parts[:3]
    return context, extension, priority


def two_ways(text: str) -> tuple[str, str, str]:
    """Read ``condition?yes:no``, at the first question mark and colon outside of brackets."""
    condition, *ways = split(text, "?", 2)
    yes, *no = split(ways[0], ":", 2) if ways else [""]
    return condition, yes, no[0] if no else ""
