"""What each setting of a queue becomes, by app_queue's own meaning (queues.conf.sample of Asterisk 22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ivrcore.importing import rules
from ivrcore.importing.draft import Value, plain_name
from ivrcore.importing.extensions.reader import Statement
from ivrcore.importing.queues.roster import Part, Roster
from ivrcore.importing.queues.words import (
    ALWAYS,
    BY_WEIGHT,
    EXPECTED,
    FALSE,
    LEAST_EVERY,
    LEFT_OUT,
    LONGEST_RING,
    LOST,
    POSITION,
    RING,
    STRATEGIES,
    TRUE,
)
from ivrcore.importing.source import Line
from ivrcore.problems import quoted


@dataclass(slots=True)
class Settings:
    """The settings of one queue, the last of each name, and what is made of them."""

    roster: Roster
    queue: Part
    last: dict[str, Statement] = field(default_factory=dict)

    def read(self) -> None:
        """Make the queue's keys."""
        self._strategy()
        for key, statement in self.last.items():
            self._one(key, statement)
        for ours, seconds in (("ring_time", RING), ("wrap_up", 0.0)):  # where Asterisk's default is not ours
            if ours not in self.queue.keys:
                self.queue.put(ours, _seconds(seconds))
        self._announcements()
        self._joining()

    @property
    def by_weight(self) -> bool:
        """Whether penalties are weights."""
        return "strategy" in self.last and self.last["strategy"].value.casefold() == BY_WEIGHT

    def _one(self, key: str, statement: Statement) -> None:
        read = _READERS.get(key)
        if read is not None:
            read(self, statement)
        elif key in ALWAYS:
            self.queue.note(ALWAYS[key], statement.line)
        elif key in LEFT_OUT | LOST and statement.value.casefold() in ("", *FALSE):
            self.queue.note("not used", statement.line)
        elif key in LEFT_OUT:
            self.left_out(statement, LEFT_OUT[key])
        elif key in LOST:
            self.untold(statement, f"{quoted(key)} has no equal", LOST[key])
        elif key not in _TOGETHER:
            self.untold(statement, f"app_queue has no setting {quoted(key)} that is known here")

    def left_out(self, statement: Statement, why: str) -> None:
        """List a setting that is left out."""
        message = f"{quoted(statement.key)} is left out: {why}"
        self.roster.report(rules.OPTION, statement.line, message)
        self.queue.note("left out", statement.line)

    def untold(self, statement: Statement, message: str, hint: str = "") -> None:
        """List a setting that was not translated."""
        self.roster.report(rules.NO_SETTING, statement.line, message, hint)
        self.queue.note(f"not translated ({rules.NO_SETTING.code})", statement.line)

    def different(self, line: Line, message: str, hint: str = "") -> None:
        """List something that does almost the same."""
        self.roster.report(rules.DIFFERENT, line, message, hint)

    def number(self, statement: Statement) -> int | None:
        """Read a whole number; None if it is listed as none."""
        text = statement.value.strip()
        if text.isascii() and text.isdigit() and len(text) < 8:
            return int(text)
        self.untold(statement, f"{quoted(statement.key)} is {quoted(text)}, a whole number from 0 is wanted")
        return None

    def put(self, key: str, value: Value, *statements: Statement) -> None:
        """Set a key of the queue."""
        self.queue.put(key, value, *(statement.line for statement in statements))

    # --- several settings together -------------------------------------------------------------------------

    def _strategy(self) -> None:
        statement = self.last.get("strategy")
        if statement is None:
            self.queue.put("strategy", "ring_all")
            return
        ours, difference = STRATEGIES.get(statement.value.casefold(), ("", ""))
        if not ours:
            hint = "ring_all was written, as Asterisk takes it then"
            self.untold(statement, f"there is no strategy {quoted(statement.value)}", hint)
            self.queue.put("strategy", "ring_all")
            return
        self.put("strategy", ours, statement)
        if difference:
            self.different(statement.line, f"{quoted(statement.value)} becomes {ours}: {difference}")

    def _joining(self) -> None:
        join: dict[str, Value] = {}
        used: list[Statement] = []
        empty, most = self.last.get("joinempty"), self.last.get("maxlen")
        if empty is not None:
            join["empty"] = not self._restricts(empty, "nobody joins")
            used.append(empty)
        count = self.number(most) if most is not None else None
        if most is not None and count is not None:
            used.append(most)
            if count:
                join["waiting"] = count
        if join:
            self.put("join", join, *used)
        elif used:
            self.queue.note("no limit", used[-1].line)
        leave = self.last.get("leavewhenempty")
        if leave is not None:
            self.put("leave_empty", self._restricts(leave, "callers leave"), leave)

    def _restricts(self, statement: Statement, what: str) -> bool:
        """Tell whether nobody joins, or callers leave, an empty queue; conditions become the one we have."""
        value = statement.value.casefold()
        joining = statement.key.casefold() == "joinempty"
        if value in TRUE:
            return not joining
        if value in FALSE:
            return joining
        message = f"{quoted(statement.value)}: here {what} while no agent of the queue is logged in"
        self.different(statement.line, message, "paused and busy agents count as there")
        return True

    def _announcements(self) -> None:
        last = self.last
        every, periodic = last.get("announce-frequency"), last.get("periodic-announce")
        seconds = self.number(every) if every is not None else None
        self._texts(every, seconds)
        often = last.get("periodic-announce-frequency")
        period = self.number(often) if often is not None else None
        if periodic is not None:
            self._comfort(periodic, period)
        elif often is not None:
            self.queue.note("nothing to announce", often.line)
        wanted = [(number, one) for number, one in ((seconds, every), (period, often)) if number and one]
        if periodic is None:
            wanted = [pair for pair in wanted if pair[1] is every]
        if not wanted:
            return
        number, chosen = min(wanted, key=lambda pair: pair[0])
        self.put("announce_every", _seconds(max(LEAST_EVERY, float(number))), *(one for _, one in wanted))
        if len({number for number, _ in wanted}) > 1 or number < LEAST_EVERY:
            message = "position, expected wait and announcements come at one time here, 5 s apart at least"
            self.different(chosen.line, message)

    def _texts(self, every: Statement | None, seconds: int | None) -> None:
        on = bool(seconds)
        for key, ours, texts, usual in (
            ("announce-position", "position", POSITION, "yes"),
            ("announce-holdtime", "expected_wait", EXPECTED, "no"),
        ):
            statement = self.last.get(key)
            value = statement.value.casefold() if statement is not None else usual
            says = on and value not in FALSE
            if says:
                said = texts.get(self.roster.language)
                text: Value = {"en": texts["en"]} if said is None else said
                self.put(ours, text, *([statement] if statement else [every] if every else []))
            elif statement is not None:
                self.queue.note("not announced", statement.line)
            if says and statement is not None and value not in TRUE:
                self.different(statement.line, f"{quoted(value)}: here it is announced every time")
        if every is not None and not on and seconds is not None:
            self.queue.note("never announced", every.line)

    def _comfort(self, periodic: Statement, period: int | None) -> None:
        files = [name.strip() for name in periodic.value.split(",") if name.strip()]
        if not files or period == 0:
            self.queue.note("never announced", periodic.line)
            return
        for name in files:
            self.bring(name, periodic)
        messages: list[Value] = [{"play": name} for name in files]
        self.put("comfort", messages, periodic)
        if period is None:
            self.queue.put("announce_every", _seconds(60.0))

    def bring(self, name: str, statement: Statement) -> None:
        """List a recording that the site needs."""
        hint = f"copy it from Asterisk's sounds folder into the prompt folder, as {name}.wav"
        self.roster.report(
            rules.BRING_RECORDING, statement.line, f"the recording {quoted(name)} must be brought", hint
        )


def _seconds(seconds: float) -> str:
    return f"{seconds:g}s"


def _duration(ours: str, least: float = 0.0, most: float = 86_400.0) -> Callable[[Settings, Statement], None]:
    def read(settings: Settings, statement: Statement) -> None:
        number = settings.number(statement)
        if number is None:
            return
        within = min(max(float(number), least), most)
        settings.put(ours, _seconds(within), statement)
        if within != number:
            message = f"{quoted(statement.key)} {number} becomes {ours}: {_seconds(within)}"
            settings.different(statement.line, message)

    return read


def _timeout(settings: Settings, statement: Statement) -> None:
    if statement.value.strip() == "0":
        settings.put("ring_time", _seconds(LONGEST_RING), statement)
        settings.different(statement.line, "phones ring for 10 minutes at most, then the next agent is tried")
        return
    _duration("ring_time", 1.0, LONGEST_RING)(settings, statement)


def _retry(settings: Settings, statement: Statement) -> None:
    _duration("retry_after")(settings, statement)
    message = "the next agent is tried at once; 'retry' becomes the rest of an agent who missed a call"
    settings.different(statement.line, message)


def _weight(settings: Settings, statement: Statement) -> None:
    number = settings.number(statement)
    if number is None:
        return
    settings.put("priority", min(number, 1000), statement)
    if number:
        message = "a queue's weight becomes the priority of its callers"
        settings.different(statement.line, message, "those of lighter queues still come to their turn")


def _music(settings: Settings, statement: Statement) -> None:
    name = statement.value
    if plain_name(name) == name:
        settings.put("music", name, statement)
    else:
        settings.untold(statement, f"{quoted(name)} cannot be a music class here", "give it a plain name")


def _whisper(settings: Settings, statement: Statement) -> None:
    settings.put("whisper", {"play": statement.value}, statement)
    settings.bring(statement.value, statement)


def _autopause(settings: Settings, statement: Statement) -> None:
    value = statement.value.casefold()
    if value != "all" and value not in TRUE:
        settings.queue.note("nobody is paused", statement.line)
        return
    settings.put("pause_after", 1, statement)
    if value != "all":
        settings.different(statement.line, "an agent who misses a call is paused in all queues")


def _autofill(settings: Settings, statement: Statement) -> None:
    if statement.value.casefold() not in TRUE:
        settings.different(statement.line, "free agents are always offered as many callers as there are")
    settings.queue.note("always so", statement.line)


def _ringinuse(settings: Settings, statement: Statement) -> None:
    if statement.value.casefold() in TRUE:
        why = "an agent in a call is offered no other; 'capacity' of the agent is the like"
        settings.left_out(statement, why)
    else:
        settings.queue.note("always so", statement.line)


_READERS: dict[str, Callable[[Settings, Statement], None]] = {
    "timeout": _timeout,
    "retry": _retry,
    "wrapuptime": _duration("wrap_up"),
    "servicelevel": _duration("threshold"),
    "weight": _weight,
    "musicclass": _music,
    "music": _music,
    "musiconhold": _music,
    "announce": _whisper,
    "autopause": _autopause,
    "autofill": _autofill,
    "ringinuse": _ringinuse,
    "periodic-announce-startdelay": _duration("announce_first"),
}
_TOGETHER = (
    *("strategy", "joinempty", "maxlen", "leavewhenempty", "announce-frequency", "announce-position"),
    *("announce-holdtime", "periodic-announce", "periodic-announce-frequency", "defaultrule"),
)
"""Settings that are read with others."""
