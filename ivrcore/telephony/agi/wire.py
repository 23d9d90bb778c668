"""The lines of AGI: what a session begins with, commands out, answers in. No socket, no clock, no call.

Asterisk talks in lines that end with a line feed. First the environment, ``agi_channel: PJSIP/ann-00000001``
and so on up to an empty line; then one answer to each command, and ``HANGUP`` when the call ended. Nothing
that a caller, a phone or a recogniser chose can leave its argument: see :func:`quote`.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from msgspec import Struct

from ivrcore.errors import WireError
from ivrcore.model.pbx import MAIN

KEYS = "0123456789*#ABCD"
"""All that a phone has."""
HANGUP = b"HANGUP"
"""The line that Asterisk says at any time when the call ended."""
LONGEST_COMMAND = 2000
"""Bytes. Asterisk cuts a line at 2048 and takes the rest for another command."""
MOST_ARGUMENTS = 100
"""Asterisk takes 128 words."""
END_OF_USAGE = 520
HIDDEN = 200
"""Bytes of what arrived that an error keeps."""
LAST = {
    "agi_context": re.compile(r"[^\n]*"),
    "agi_extension": re.compile(r"[^\n]*"),
    "agi_priority": re.compile(r"\d+", re.ASCII),
    "agi_enhanced": re.compile(r"\d\.\d", re.ASCII),
    "agi_accountcode": re.compile(r"[^\n]*"),
    "agi_threadid": re.compile(r"-?\d+", re.ASCII),
}
"""The last lines that Asterisk says before the arguments, in its order, and what they can be.

It says numbers as they are, also with line ends (a SIP address may have ``%0A``), but at most 79 characters
of each. Who would end the environment earlier with an empty line, to give answers in Asterisk's place, must
say these lines before that, each one behind the other. No number is long enough for all of them; one that was
dialled, which stands in ``agi_extension``, is for those that follow, but not for an answer behind them.
"""
FIELDS = 50
"""Most keys of a request's query."""

_SPECIAL = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029"\\]')
_BARE = re.compile(r"[A-Za-z0-9_.:=+@*#-][A-Za-z0-9_./:=+@*#-]*")
_ANSWER = re.compile(r"result=(?P<result>-?[0-9*#A-D]{0,64})(?: +(?P<rest>.*))?", re.ASCII | re.DOTALL)
_FIELD = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_NAME = re.compile(r"agi_[a-z0-9_]{1,60}", re.ASCII)
_ARGUMENT = "agi_arg_"
_NOTE = re.compile(r"\(([^)]*)\)(?: +|$)")
_CHANNEL_ID = re.compile(r"[A-Za-z0-9._:@-]{1,150}", re.ASCII)
_SCRIPT = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


def fault(message: str, raw: bytes) -> WireError:
    """Give the error for a line; what it keeps of the line is bounded."""
    return WireError(message, raw=raw[:HIDDEN])


# --- what goes out ------------------------------------------------------------------------------------


class Quoted(str):
    """An argument as it stands on the wire."""

    __slots__ = ()


def _harmless(found: re.Match[str]) -> str:
    special = found.group()
    return f"\\{special}" if special in '"\\' else " "


def quote(value: object) -> Quoted:
    """Give a value as one argument: in quotes, with these and backslashes escaped.

    A control character or a line end of any kind becomes a space: AGI has no way to write one.
    """
    return Quoted(f'"{_SPECIAL.sub(_harmless, str(value))}"')


def line(command: str, *arguments: object) -> str:
    """Give a command as the line that is sent, with its line feed.

    ``command`` is ours (``STREAM FILE``). Arguments are quoted unless they need not be; an empty text that
    is not quoted already is left out, as pyst2 has it for what is optional. WireError where Asterisk would
    cut it.
    """
    words = [command.strip()]
    for argument in arguments:
        if isinstance(argument, Quoted):
            words.append(argument)
        elif (text := str(argument)) != "":
            words.append(text if _BARE.fullmatch(text) else quote(text))
    whole = " ".join(words)
    if "\n" in whole or "\r" in whole:
        raise WireError("a command of AGI is one line")
    length = len(whole) if whole.isascii() else len(whole.encode("utf-8", "replace"))
    if len(words) > MOST_ARGUMENTS or length > LONGEST_COMMAND:
        raise WireError(f"{command} is longer than the {LONGEST_COMMAND} bytes that Asterisk takes")
    return f"{whole}\n"


# --- what a session begins with -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """What a dialplan's ``AGI(agi://host/SECRET/script?key=value,argument,…)`` asked for."""

    secret: str = field(repr=False)
    script: str
    """What to do: ``hotline``, ``route`` …"""
    query: Mapping[str, str] = field(repr=False)
    """The first value of each key, decoded."""
    environment: Mapping[str, str] = field(repr=False)
    """All lines: ``agi_channel`` …"""
    pbx: str = MAIN
    """At which PBX the call is: the query's ``pbx``."""

    @property
    def channel_id(self) -> str:
        """Asterisk's id of the channel, which is in the names of all that we derive from it."""
        return self.environment["agi_uniqueid"]

    @property
    def channel_name(self) -> str:
        """Asterisk's name of the channel: ``PJSIP/ann-0000001f``."""
        return self.environment.get("agi_channel", "")

    @property
    def number(self) -> str:
        """What was called: the query's ``number``, the number dialled, or the extension that runs."""
        said = self.query.get("number") or self._known("agi_dnid")
        return said or self.environment.get("agi_extension", "")

    @property
    def caller_number(self) -> str:
        """The caller's number, or empty."""
        return self._known("agi_callerid")

    @property
    def caller_name(self) -> str:
        """The caller's name, or empty."""
        return self._known("agi_calleridname")

    @property
    def arguments(self) -> tuple[str, ...]:
        """What stood after the address."""
        names = (f"agi_arg_{at}" for at in range(1, MOST_ARGUMENTS))
        return tuple(self.environment[name] for name in names if name in self.environment)

    def knows(self, secret: str) -> bool:
        """Whether it says the secret; takes as long whatever it says."""
        return hmac.compare_digest(self.secret.encode("utf-8", "replace"), secret.encode())

    def _known(self, name: str) -> str:
        value = self.environment.get(name, "")
        return "" if value == "unknown" else value


def request(lines: Iterable[bytes], *, secret: bool = True) -> Request:
    """Read the lines of an environment; ``secret``: the path begins with one. WireError."""
    environment: dict[str, str] = {}
    for raw in lines:
        name, colon, value = raw.decode("utf-8", "replace").partition(":")
        if not colon or not _NAME.fullmatch(name):
            raise fault("a line of the environment is not `agi_name: value`", raw)
        if name in environment:
            raise fault("the environment says something twice: a caller's number may hold a line end", raw)
        environment[name] = value
    if not _whole(environment):
        raise fault("the environment is not whole: a caller's number may hold a line end", b"")
    environment = {name: value.strip() for name, value in environment.items()}
    if not _CHANNEL_ID.fullmatch(environment.get("agi_uniqueid", "")):
        raise fault("the environment has no agi_uniqueid that can be an id", b"")
    path, _, query = environment.get("agi_network_script", "").partition("?")
    said, _, script = path.strip("/").partition("/") if secret else ("", "", path.strip("/"))
    if not _SCRIPT.fullmatch(script):
        raise WireError("the path of the request is not a secret and the name of a script")
    asked = _query(query)
    pbx = asked.pop("pbx", MAIN)
    return Request(said, script, asked, environment, pbx)


def _whole(environment: Mapping[str, str]) -> bool:
    """Whether it has what Asterisk says last, as Asterisk says it: each line has a space behind its colon."""
    said = [*environment]
    arguments = [name for name in said if name.startswith(_ARGUMENT)]
    last = [*LAST, *arguments]
    return said[-len(last) :] == last and all(
        environment[name].startswith(" ") and form.fullmatch(environment[name], 1)
        for name, form in LAST.items()
    )


def _query(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError as error:
        raise WireError("the query of the request has too many fields") from error
    return dict(reversed(pairs))  # the first of a key counts


# --- what comes in ------------------------------------------------------------------------------------


class Reply(Struct, frozen=True):
    """The answer to one command: ``200 result=1 (value) endpos=4711``. Its `repr` tells no value."""

    code: int
    result: str = ""
    """What follows ``result=``: a number, or the keys that were pressed."""
    data: str = ""
    """What stood in parentheses: a variable's value, or why something ended (``timeout``, ``hangup``)."""
    fields: Mapping[str, str] = {}
    """What else it says: ``endpos``, ``digit``, ``text0``, ``score0`` …"""
    raw: bytes = b""

    def __repr__(self) -> str:
        """Tell no value: it may be a caller's."""
        return f"Reply(code={self.code}, result={self.result!r})"

    @property
    def number(self) -> int:
        """The result as a number. WireError if it is none."""
        if not _NUMBER.fullmatch(self.result):
            raise fault("the result is no number", self.raw)
        return int(self.result)

    @property
    def endpos(self) -> int | None:
        """At which sample a file ended; None where it is not said."""
        said = self.fields.get("endpos", "")
        return int(said) if _NUMBER.fullmatch(said) else None


def reply(raw: bytes, *, value: bool = False) -> Reply:
    """Read an answer's line. ``value``: it is one to a question for a value, which may hold anything.

    For the codes 510, 511 and 520 only the code is read. WireError for what is no answer.
    """
    text = raw.decode("utf-8", "replace")
    code = text[:3]
    if not (code.isascii() and code.isdigit()) or text[3:4] not in ("", " ", "-"):
        raise fault("a line is not an answer of AGI", raw)
    if code not in ("100", "200"):
        return Reply(int(code), raw=raw)
    found = _ANSWER.fullmatch(text, 4)
    if found is None:
        raise fault("an answer has no result", raw)
    rest = found["rest"] or ""
    if value:
        return Reply(int(code), found["result"], _value(rest), raw=raw)
    data, fields = _notes(rest)
    return Reply(int(code), found["result"], data, fields, raw)


def unfinished(answer: Reply) -> bool:
    """Whether an answer with a value goes on in the next line: the value has a line end."""
    return answer.code == 200 and b" (" in answer.raw and not answer.raw.endswith(b")")


def _value(rest: str) -> str:
    """Give what is between the first parenthesis and the last."""
    return rest[1:].removesuffix(")") if rest.startswith("(") else ""


def _notes(rest: str) -> tuple[str, dict[str, str]]:
    if not rest:
        return "", {}
    noted = _NOTE.match(rest)
    data, rest = (noted[1], rest[noted.end() :]) if noted else ("", rest)
    fields = {
        name: _ESCAPED.sub(r"\1", quoted) if quoted else bare for name, quoted, bare in _FIELD.findall(rest)
    }
    return data, fields
