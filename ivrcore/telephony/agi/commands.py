"""The commands of AGI and their results: pyst2's, with its flaws fenced off.

pyst2's `AGI` as it is takes over SIGHUP, writes callers' names to stderr, lets an argument with a quote or a
line end become another command, and does not know ``HANGUP`` lines, dead channels or the end of a connection.
Here its methods say the commands and read the results; what is sent and what comes back goes through
:mod:`ivrcore.telephony.agi.wire`. Knows no socket: whoever makes one gives two functions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from asterisk.agi import AGI

from ivrcore.errors import LegGone, RequestFailed, WireError
from ivrcore.telephony.agi import wire

Result = dict[str, tuple[str, str]]
"""pyst2's form of an answer: ``{"result": ("1", "value"), "endpos": ("4711", "")}``."""

VALUES = frozenset({"GET VARIABLE", "GET FULL VARIABLE", "DATABASE GET"})
"""Commands whose answer holds a value that may be anything, also more lines."""
SILENT = frozenset({"STREAM FILE", "CONTROL STREAM FILE"})
"""Commands that say nothing when the next command interrupts them; else they tell an `endpos`."""
KEYED = frozenset({"GET DATA"})
"""Commands whose result is keys; the others' is a number, and often one key's character."""
INTERRUPT = "NOOP\n"
"""The next command, when all that is wanted of it is that the one under way ends."""
MOST_LINES = 200
"""Of one answer: a value, or how to use a command."""
DEAD = 511
STILL = frozenset({"GET VARIABLE", "GET FULL VARIABLE", "SET VARIABLE", "NOOP", "VERBOSE", "DATABASE GET"})
"""Commands that Asterisk takes once the call is over."""


class Agi(AGI):  # type: ignore[misc]  # pyst2 has no types
    """One session's commands. ``read`` gives the next line, and b"" once there is none; ``write`` sends.

    ``before(command)`` is called as a command is sent, ``after()`` when it was answered or cannot be: so long
    Asterisk owes an answer. Every method of pyst2's can be used. They raise :class:`LegGone` once the call is
    over, :class:`RequestFailed` with the code of a refusal (200 where the command itself failed),
    :class:`WireError` with the raw line; only `database_put` and `database_del` have an error of pyst2's own
    (`AGIDBError`).
    """

    def __init__(
        self,
        read: Callable[[], bytes],
        write: Callable[[str], None],
        *,
        before: Callable[[str], None] = lambda _: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        # Not pyst2's: it takes over SIGHUP and reads an environment.
        self.env: dict[str, str] = {}
        self._read, self._write = read, write
        self._before, self._after = before, after
        self.hung_up = False
        """Asterisk said that the call is over; what a dead channel can be asked may still be asked."""
        self._interrupts = 0
        self.serial = 0
        """How many commands were sent, interrupts apart."""
        self.last = wire.Reply(0)
        """The last answer, with what pyst2's methods do not return."""
        self._under_way = ""

    # --- what pyst2 calls

    def _quote(self, string: object) -> wire.Quoted:
        return string if isinstance(string, wire.Quoted) else wire.quote(string)

    def test_hangup(self) -> None:
        """Nothing to do: no signal tells of it here."""

    def execute(self, command: str, *args: object) -> Result:
        """Send a command and give its answer."""
        text = wire.line(command, *args)
        self._before(command)
        if self.hung_up and command not in STILL:
            raise LegGone("the call is over")
        self._under_way, self._interrupts = command, 0
        self.serial += 1
        try:
            self._write(text)
            return self.get_result()
        finally:
            self._under_way = ""
            self._after()

    def send_command(self, command: str, *args: object) -> None:
        """Send a command; its answer is still to be read."""
        self._write(wire.line(command, *args))

    def get_result(self, stdin: object = None) -> Result:
        """Read the answer to the command under way. See the class for what it raises."""
        answer = self.last = self._answer()
        if answer.code == 200:
            if self._under_way not in KEYED and not -3 < answer.number <= sys.maxunicode:
                raise wire.fault("the result is out of range", answer.raw)
            if answer.result == "-1":
                raise RequestFailed("a command of AGI failed", status=200)
            result: Result = {"result": (answer.result, answer.data)}
            for name, value in answer.fields.items():
                result.setdefault(name, (value, ""))
            return result
        if answer.code == DEAD:
            self.hung_up = True
            raise LegGone("the call is over")
        if answer.code in (510, 520):
            raise RequestFailed(f"Asterisk refuses a command of AGI ({answer.code})", status=answer.code)
        raise wire.fault("an answer has a code that AGI does not have", answer.raw)

    # --- what pyst2 does wrong

    def database_get(self, family: str, key: str) -> str:
        """Give an entry of Asterisk's database. RequestFailed where there is none."""
        result = self.execute("DATABASE GET", wire.quote(family), wire.quote(key))
        if result["result"][0] != "1":
            raise RequestFailed("Asterisk's database has no such entry", status=200)
        return result["result"][1]

    def exec_command(self, command: str, *args: object) -> Result:
        """Run an application of the dialplan; arguments must not hold commas that they did not have."""
        return self.execute("EXEC", command, wire.quote(",".join(map(str, args))))

    def appexec(self, application: str, options: str = "") -> str:
        """Run an application of the dialplan and give its result. RequestFailed where it is not there."""
        result = self.execute("EXEC", application, wire.quote(options))["result"][0]
        if result == "-2":
            raise RequestFailed("Asterisk does not have this application", status=404)
        return result

    # --- what AGI can and pyst2 cannot

    def stream(self, name: str, keys: str, offset: int = 0) -> tuple[str, int]:
        """Play a file from a sample on; give the key that ended it, or empty, and the sample it got to."""
        digit: str = self.stream_file(name, keys, offset)
        return digit, self.last.endpos or 0

    def interrupt(self) -> bool:
        """End the command under way, if it is of those that the next command ends. To be called from outside.

        Whether one was under way. It returns as if nothing had been pressed, with `interrupted` set. Asterisk
        does not notice what it read together with the command: to be called again until the command ends.
        """
        if not self._under_way:
            return False
        self._interrupts += 1
        self._write(INTERRUPT)
        return True

    @property
    def interrupted(self) -> bool:
        """Whether the last command was interrupted: what it says may be that alone."""
        return self._interrupts > 0

    # --- reading

    def _answer(self) -> wire.Reply:
        value = self._under_way in VALUES
        answer = self._next(value=value)
        if value and wire.unfinished(answer):
            answer = self._rest_of_value(answer)
        if answer.code == wire.END_OF_USAGE and answer.raw[3:4] == b"-":
            self._skip_usage()
        if self.interrupted:
            return self._as_interrupted(answer)
        return answer

    def _next(self, *, value: bool = False) -> wire.Reply:
        """Give the next answer; what says that the call ended is no answer to a command."""
        while True:
            raw = self._line()
            if raw == wire.HANGUP:
                self.hung_up = True
                continue
            answer = wire.reply(raw, value=value)
            if answer.code != 100:  # "I am at it"
                return answer

    def _line(self) -> bytes:
        raw = self._read()
        if not raw:
            self.hung_up = True
            raise LegGone("the connection of the call has ended")
        return raw.rstrip(b"\r\n")

    def _rest_of_value(self, answer: wire.Reply) -> wire.Reply:
        raw = answer.raw
        for _ in range(MOST_LINES):
            raw += b"\n" + self._line()
            if raw.endswith(b")"):
                return wire.reply(raw, value=True)
        raise wire.fault("a value does not end", answer.raw)

    def _skip_usage(self) -> None:
        for _ in range(MOST_LINES):
            if self._line().startswith(b"520 "):
                return
        raise WireError("the usage of a command does not end")

    def _as_interrupted(self, answer: wire.Reply) -> wire.Reply:
        """Tell the answer of the command under way from those of what interrupted it."""
        silent = self._under_way in SILENT and answer.code == 200 and answer.endpos is None
        read = 1 if silent else 0
        while read < self._interrupts:  # there may come more of them while we read
            self._next()
            read += 1
        return wire.Reply(200, "0", raw=answer.raw) if silent else answer
