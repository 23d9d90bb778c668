"""Files of call tests: text into tests, with every mistake located. Must not know how tests are run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.model import plain_number
from ivrcore.fields import Fields
from ivrcore.location import Location
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.tryout import rules
from ivrcore.tryout.acts import ACTS
from ivrcore.tryout.ends import Ends
from ivrcore.tryout.expectations import EXPECTATIONS
from ivrcore.tryout.line_fields import Given, LineFields, read_given
from ivrcore.tryout.outcomes import OUTCOMES
from ivrcore.tryout.script import ScriptLine
from ivrcore.tryout.setting import CALLER, Setting
from ivrcore.yamltree import Entry, ListNode, MapNode, Node, ScalarNode, parse_yaml

_ALL: tuple[type[ScriptLine], ...] = (*ACTS, *EXPECTATIONS, *OUTCOMES, Ends)
LINES: Mapping[str, type[ScriptLine]] = {one.verb: one for one in _ALL}
"""Every line that a test may have, by its first key."""
DEFAULT_AT = datetime(2026, 3, 11, 10, 0)  # noqa: DTZ001 - the zone is the dialplan's
"""When calls of tests come in, unless they say otherwise: a Wednesday morning."""
_AT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?")

COMMON = table(
    Key("number", "number", "the file's", "the number that is called"),
    Key("at", "date and time", "`2026-03-11 10:00`", "when, by the clock of the dialplan's zone"),
    Key("caller", "number", f"`{CALLER}`", "the number that calls"),
    Key("language", "`en`, `ko`, …", "the number's", "the language that the call begins with", Kind.LANGUAGE),
    Key("given", "see below", "", "what else holds", Kind.SECTION),
)
FILE = table(
    Key("tests", "list of tests", "needed", "the tests, see below"),
    *COMMON.values(),
)
TEST = table(
    Key("name", "text", "needed", "says what is tested"),
    *COMMON.values(),
    Key("call", "list of lines", "needed", "what is done and what must follow, in this order"),
)
GIVEN = table(
    Key("variables", "variable: value", "", "variables begin with these values", Kind.VALUES),
    Key("queues", "queue: figures", "quiet", "`waiting`, `ready`, `expected_wait`, `longest_wait`"),
    Key("lookups", "lookup: answer", "none", "what lookups answer, and who is identified by a PIN"),
    Key("transfer", "answer", "none", "how transfers go"),
    Key("call_back", "answer", "none", "whether call-backs are taken"),
    Key("record", "answer", "none", "how recordings go"),
    Key("switch", "answer", "none", "whether a supervisor's emergency step is carried out"),
    Key("announcements", "texts, or `{name, text, recording, numbers, whole}`", "", "what is announced"),
    Key("emergency", "`close`, or `{action, text, number, scope}`", "`open`", "the emergency switch"),
)
SECTIONS = {"file": FILE, "test": TEST, "given": GIVEN}


@dataclass(frozen=True)
class CallTest:
    """One test. ``location`` is its first line's; ``at`` is local time, its zone the dialplan's."""

    name: str
    location: Location
    number: str
    at: datetime
    timed: bool
    """Whether the test says when the call comes in."""
    caller: str
    language: str
    given: Given
    lines: tuple[ScriptLine, ...]
    number_at: Location = field(default=Location("", 0))

    def setting(self, zone: tzinfo) -> Setting:
        """Give what its call is given."""
        given = self.given
        return Setting(
            self.number,
            self.at.replace(tzinfo=zone).timestamp(),
            self.caller,
            self.language,
            given.variables,
            given.queues,
            given.announcements,
            given.emergency,
            given.answers,
        )


def is_test_file(text: str) -> bool:
    """Whether a text has the form of a file of call tests: a key ``tests`` at its left edge."""
    return re.search(r"(?m)^tests\s*:", text) is not None


def read_tests(text: str, file: str, problems: Problems) -> tuple[CallTest, ...]:
    """Read a file; tests with mistakes are left out, and the mistakes reported."""
    node = parse_yaml(text, file, problems)
    if node is None:
        return ()
    fields = Fields(node, problems, "the call tests")
    common = _Common.read(fields, None)
    entry = fields.entry("tests", required=True)
    fields.finish(FILE)
    items = _items(entry)
    if entry is not None and not items:
        problems.report(rules.NO_TESTS, entry.location, "there is no test in this file", "add - name: …")
    tests = [one for item in items if (one := _test(item, common, problems)) is not None]
    _report_twice(tests, problems)
    return tuple(tests)


def _items(entry: Entry | None) -> tuple[Node, ...]:
    if entry is None:
        return ()
    return entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)


def _report_twice(tests: list[CallTest], problems: Problems) -> None:
    first: dict[str, CallTest] = {}
    for test in tests:
        known = first.setdefault(test.name, test)
        if known is not test:
            message = f"two tests are called {quoted(test.name)}"
            hint = f"the first is on line {known.location.line}"
            problems.report(rules.NAME_TWICE, test.location, message, hint)


@dataclass(frozen=True)
class _Common:
    """What a file says for all its tests, and each may say otherwise."""

    number: str
    number_at: Location
    at: datetime
    timed: bool
    caller: str
    language: str
    given: Given

    @classmethod
    def read(cls, fields: Fields, above: _Common | None) -> _Common:
        entry = fields.entry("number")
        number = plain_number(fields.text("number"))
        at = _at(fields)
        before = above or cls("", fields.location, DEFAULT_AT, False, CALLER, "", Given())
        within = fields.within("given", "'given'")
        given = read_given(within) if within is not None else Given()
        return cls(
            number or before.number,
            entry.value.location if entry else before.number_at,
            at or before.at,
            at is not None or before.timed,
            fields.text("caller", before.caller),
            fields.text("language", before.language),
            _merged(before.given, given),
        )


def _merged(below: Given, above: Given) -> Given:
    return Given(
        {**below.variables, **above.variables},
        {**below.places, **above.places},
        {**below.queues, **above.queues},
        above.announcements or below.announcements,
        above.emergency or below.emergency,
        {**below.answers, **above.answers},
    )


def _at(fields: Fields) -> datetime | None:
    text = fields.text("at")
    entry = fields.entry("at")
    if entry is None:
        return None
    at = read_at(text)
    if at is None:
        message = f"{fields.what}: {quoted(text)} is no time"
        hint = "write it as 2026-12-24 10:00, without a zone"
        fields.problems.report(rules.BAD_TIME, entry.value.location, message, hint)
    return at


def read_at(text: str) -> datetime | None:
    """Read ``2026-12-24 10:00`` (or with seconds) as local time; None if it is none."""
    match = _AT.fullmatch(text.strip())
    try:
        return datetime(*(int(part or 0) for part in match.groups())) if match else None  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _test(node: Node, common: _Common, problems: Problems) -> CallTest | None:
    fields = Fields(node, problems, "the test")
    before = len(problems.errors)
    name = fields.text("name", required=True)
    fields.call_it("test {}", name)
    mine = _Common.read(fields, common)
    entry = fields.entry("call", required=True)
    fields.finish(TEST)
    known = len(problems)
    lines = [one for item in _items(entry) if (one := _line(item, problems)) is not None]
    if entry is not None and not lines and len(problems) == known:
        problems.report(rules.NO_TESTS, entry.location, f"{fields.what} has no lines", "add - hears: …")
    if not mine.number:
        message = f"{fields.what} does not say which number is called"
        hint = "add number: here, or above all tests"
        problems.report(rules.UNKNOWN_NUMBER, node.location, message, hint)
    if len(problems.errors) > before:
        return None
    return CallTest(
        name,
        node.location,
        mine.number,
        mine.at,
        mine.timed,
        mine.caller,
        mine.language,
        mine.given,
        tuple(lines),
        mine.number_at,
    )


def _line(node: Node, problems: Problems) -> ScriptLine | None:
    if isinstance(node, ScalarNode):  # short for `hang_up:`
        nothing = ScalarNode(node.location, "")
        node = MapNode(node.location, (Entry(node.location, node.text, nothing),))
    if not isinstance(node, MapNode):
        Fields(node, problems, "a line of the call")
        return None
    found = [entry for entry in node.entries if entry.key in LINES]
    if len(found) > 1:  # `language` may also be an option of another line
        options = {key for entry in found for key in list(LINES[entry.key].keys)[1:]}
        found = [entry for entry in found if entry.key not in options] or found
    if not found:
        key = node.entries[0] if node.entries else None
        shown = quoted(key.key) if key else "nothing"
        hint = did_you_mean(key.key if key else "", LINES)
        place = key.location if key else node.location
        problems.report(rules.UNKNOWN_LINE, place, f"a line cannot be {shown}", hint)
        return None
    if len(found) > 1:
        both = " and ".join(quoted(entry.key) for entry in found)
        hint = "write them as two lines, each with its own '-'"
        problems.report(rules.NOT_ONE_LINE, found[1].location, f"{both} are one line", hint)
        return None
    kind = LINES[found[0].key]
    fields = Fields(node, problems, f"'{kind.verb}'")
    line = kind.read(LineFields(fields, found[0].location))
    fields.finish(kind.keys)
    return line
