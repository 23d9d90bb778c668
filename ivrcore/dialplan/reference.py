"""The tables of docs/dialplan.md, made from what parsing and checking go by.

``python -m ivrcore.dialplan.reference`` prints the page with fresh tables; it reads the present page from
standard input. A test keeps the page true.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from ivrcore import fields, yamltree
from ivrcore.dialplan import rules
from ivrcore.dialplan.keys import CHOICE, CONFIRMING, MENU, NUMBER, PLAN, STEPS, TUNING, Key

_PLACE = re.compile(r"(<!-- table: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _keys(keys: Iterable[Key]) -> str:
    rows = ((f"`{key.name}`", key.value, key.default, key.meaning) for key in keys)
    return _rows(("Key", "Value", "Default", "Meaning"), rows)


def _steps() -> str:
    rows = (
        (f"`{verb}`" if key.name == verb else "", f"`{key.name}`", key.value, key.default, key.meaning)
        for verb, keys in STEPS.items()
        for key in keys.values()
    )
    return _rows(("Verb", "Key", "Value", "Default", "Meaning"), rows)


def _codes() -> str:
    known = (*rules.RULES, *yamltree.RULES, *fields.RULES)
    return _rows(("Code", "", "Meaning"), ((rule.code, str(rule.severity), rule.summary) for rule in known))


def tables() -> dict[str, str]:
    """Give every table of the page by the name in its mark."""
    sections = {
        "plan": PLAN,
        "number": NUMBER,
        "defaults": TUNING,
        "confirming": CONFIRMING,
        "menu": MENU,
        "choice": CHOICE,
    }
    made = {name: _keys(keys.values()) for name, keys in sections.items()}
    return made | {"steps": _steps(), "codes": _codes()}


def refreshed(page: str) -> str:
    """Give the page with every marked table made anew."""
    made = tables()
    return _PLACE.sub(lambda mark: mark[1] + made[mark[2]] + "\n" + mark[3], page)


if __name__ == "__main__":
    sys.stdout.write(refreshed(sys.stdin.read()))
