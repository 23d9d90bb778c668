"""Codes that agents dial on their own phones, and what they are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.config import keys
from ivrcore.config.agent_words import SAID, spoken_key
from ivrcore.dialplan.commands import Prompt, Spoken
from ivrcore.fields import Fields
from ivrcore.model.names import CodeAnswer, PhoneCode
from ivrcore.problems import quoted
from ivrcore.yamltree import MapNode

if TYPE_CHECKING:
    from ivrcore.config.model import AgentRules

USUAL: Mapping[PhoneCode, str] = {
    PhoneCode.LOGIN: "*11",
    PhoneCode.LOGOUT: "*12",
    PhoneCode.PAUSE: "*13",
    PhoneCode.READY: "*14",
    PhoneCode.WRAP_UP: "*15",
}
WITH_DIGITS = frozenset({PhoneCode.PAUSE, PhoneCode.WRAP_UP})
"""Codes behind which digits may come: the number of a reason, or minutes."""
OF_PINS = frozenset({CodeAnswer.ENTER_PIN, CodeAnswer.WRONG_PIN, CodeAnswer.NO_PIN, CodeAnswer.PIN_LOCKED})
"""What is said only where logging in asks for a PIN."""
MOST_MINUTES = 60
EXTEND = 300.0
"""Seconds of wrap-up, where nothing else is said."""
_DIGITS = re.compile(r"[0-9]{1,3}")
"""What may follow: more would be something else, which is not to be written down."""
_CODE = re.compile(r"[0-9*#]{2,8}")
_SAMPLES = {"reason": "", "reasons": "", "code": "", "minutes": "1"}


@dataclass(frozen=True, slots=True)
class FeatureCodes:
    """Which codes there are, none of them by default, and how agents are answered."""

    codes: Mapping[PhoneCode, str] = field(default_factory=dict)
    extend: float = EXTEND
    """Seconds of wrap-up from now, where no minutes are dialled."""
    language: str = "en"
    texts: Mapping[CodeAnswer, str] = field(default_factory=lambda: SAID["en"])
    pins: Path | None = None
    """Where agents' PINs are, if logging in asks for one."""

    def read(self, dialled: str) -> tuple[PhoneCode, str] | None:
        """Give which code was dialled, and the digits behind it; None if it is none."""
        for code, number in self.codes.items():
            rest = dialled[len(number) :]
            if dialled.startswith(number) and (not rest or (code in WITH_DIGITS and _DIGITS.fullmatch(rest))):
                return code, rest
        return None

    def patterns(self) -> Iterator[str]:
        """Give what Asterisk's dialplan is to take for them: the codes, and what is nearly one."""
        numbers = list(self.codes.values())
        yield from numbers
        shared = _shared(numbers)
        open_ended = [self.codes[code] for code in self.codes if code in WITH_DIGITS]
        for start in (shared,) if 1 < len(shared) < min(map(len, numbers), default=0) else open_ended:
            yield f"_{start}X"
            yield f"_{start}X."

    def prompt(self, answer: CodeAnswer, values: Mapping[str, str] = _SAMPLES) -> Prompt:
        """Give what an agent is told."""
        text = self.texts[answer]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return (Spoken(text, self.language),)

    def in_words(self, code: PhoneCode) -> str:
        """Give a code as it is said."""
        return " ".join(spoken_key(one, self.language) for one in self.codes.get(code, ""))

    def reasons_in_words(self, rules: AgentRules) -> str:
        """Give the reasons to pause with their numbers."""
        return ", ".join(f"{number}: {reason}" for number, reason in enumerate(rules.pause_reasons, 1))

    def prompts(self, rules: AgentRules) -> Iterator[Prompt]:
        """Give all that can be said; nothing if there are no codes."""
        if not self.codes:
            return
        common = {
            "code": self.in_words(PhoneCode.LOGIN),
            "reasons": self.reasons_in_words(rules),
            "minutes": str(most_minutes(rules)),
        }
        apart = {CodeAnswer.PAUSED_FOR, CodeAnswer.EXTENDED, CodeAnswer.WHICH_REASON}
        for answer in CodeAnswer:
            if answer not in apart and (self.pins or answer not in OF_PINS):
                yield self.prompt(answer, common)
        yield self.prompt(CodeAnswer.WHICH_REASON, common | {"code": self.in_words(PhoneCode.PAUSE)})
        for reason in rules.pause_reasons:
            yield self.prompt(CodeAnswer.PAUSED_FOR, {"reason": reason})
        for minutes in range(1, most_minutes(rules) + 1):
            yield self.prompt(CodeAnswer.EXTENDED, {"minutes": str(minutes)})


def most_minutes(rules: AgentRules) -> int:
    """Give to how many minutes from now wrap-up can be extended by a code."""
    return min(int(rules.longest_wrap_up // 60), MOST_MINUTES)


def _shared(numbers: Iterable[str]) -> str:
    """Give what all of them begin with."""
    columns = takewhile(lambda column: len(set(column)) == 1, zip(*numbers, strict=False))
    return "".join(column[0] for column in columns)


def read_feature_codes(top: Fields, language: str, rules: AgentRules, folder: Path) -> FeatureCodes:
    """Read ``feature_codes:``, ``yes`` or a mapping; ``language`` and ``folder`` are the site's."""
    entry = top.entry("feature_codes")
    if entry is None:
        return FeatureCodes()
    most = max(most_minutes(rules), 1) * 60.0
    usual = min(EXTEND, most)
    if not isinstance(entry.value, MapNode):
        on = top.boolean("feature_codes", False)
        return _made(USUAL, usual, language, {}, None) if on else FeatureCodes()
    fields = Fields(entry.value, top.problems, "'feature_codes'")
    codes = {code: _code(fields, code) for code in PhoneCode}
    codes = {code: number for code, number in codes.items() if number}
    _check_apart(fields, codes)
    result = _made(
        codes,
        fields.seconds("extend", usual, least=60.0, most=most),
        fields.text("language", language),
        _texts(fields),
        folder / pins if (pins := fields.text("pins", "")) else None,
    )
    fields.finish(keys.FEATURE_CODES)
    return result


def _made(
    codes: Mapping[PhoneCode, str],
    extend: float,
    language: str,
    texts: Mapping[CodeAnswer, str],
    pins: Path | None,
) -> FeatureCodes:
    """Make it; in a language without built-in texts only what the site says itself can be said."""
    said = set(CodeAnswer) if pins else set(CodeAnswer) - OF_PINS
    if language not in SAID and not said <= set(texts):
        language = "en"
    return FeatureCodes(dict(codes), extend, language, {**SAID.get(language, {}), **texts}, pins)


def _code(fields: Fields, code: PhoneCode) -> str:
    number = fields.text(code, USUAL[code])
    if number == "no":
        return ""
    if not _CODE.fullmatch(number):
        place = fields.node.get(code)
        message = f"{quoted(number)} is no code to dial for {code!s}"
        hint = "2 to 8 of 0-9, '*' and '#', in quotes; 'no' for none"
        fields.bad(place.value.location if place else fields.location, message, hint)
    return number


def _check_apart(fields: Fields, codes: Mapping[PhoneCode, str]) -> None:
    for code, number in codes.items():
        for other, longer in codes.items():
            if other is not code and (
                longer == number or (code in WITH_DIGITS and longer.startswith(number))
            ):
                message = f"the codes for {code!s} and {other!s} cannot be told apart: {number}, {longer}"
                fields.bad(fields.location, message, "digits may follow the codes for pause and wrap_up")
                return


def _texts(fields: Fields) -> dict[CodeAnswer, str]:
    said = fields.within("say", "'feature_codes', say")
    if said is None:
        return {}
    texts = {answer: said.text(answer) for answer in CodeAnswer if said.entry(answer)}
    said.finish([str(answer) for answer in CodeAnswer])
    return texts
