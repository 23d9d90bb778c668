"""The whole exception tree: every error that ivrcore raises on purpose.

::

    IvrError
    +-- ConfigError            a person wrote something that cannot be used (has a location)
    |   +-- ProblemsFound      several of them, collected
    +-- PluginError            a plugin is missing, wrong or raised
    |   +-- Misfit             a plugin gave something else than its hook promises
    +-- TelephonyError         talking to Asterisk
    |   +-- LinkLost           the connection went away (or was never there)
    |   +-- RequestTimeout     no answer in time
    |   +-- RequestFailed      Asterisk refused (has its status)
    |   +-- WireError          what arrived is not of the protocol
    |   +-- LinkRefused        wrong password, unknown user: retrying alone does not help
    |   +-- LegGone            the call that was to be told something is over
    +-- SpeechError            a recogniser or a voice
    |   +-- ModelMissing       the model cannot be had here
    |   +-- RecogniserFailed   the engine raised or stalled
    +-- JournalError           the journal cannot be read or written
    +-- VersionsError          the versions of dialplans cannot be kept or read
    +-- HistoryError           the history database cannot be reached, read or written
    |   +-- HistoryMoved       somebody else wrote to it meanwhile
    |   +-- HistoryHalfMade    its tables are not all there
    +-- ServiceError           something outside that a dialplan asked
    |   +-- LookupFailed       a lookup gave no answer that can be used
    |   +-- LookupResting      a lookup that failed again and again is left alone for a while
    |   +-- ServiceMissing     nobody here answers such a request
    +-- DrawingFailed          Graphviz is not there, or did not draw
    +-- RequestRefused         an API caller or command line asked for something impossible
    +-- CoreMisuse             our own code broke a rule of the pure core (a bug)

Codes are stable: scripts and documentation may depend on them. Must not import anything of ivrcore
except :mod:`ivrcore.location`'s type for hints (and that only while type checking).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.location import Location


class IvrError(Exception):
    """Base of all: a stable ``code``, a message, and a ``hint`` on what to do about it."""

    code: ClassVar[str] = "IVR000"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        first, line, rest = self.message.partition("\n")
        return f"{first} ({self.code}){line}{rest}" + (f"\n  hint: {self.hint}" if self.hint else "")


class ConfigError(IvrError):
    """Something that a person wrote cannot be used; ``location`` says where."""

    code = "IVR100"

    def __init__(self, message: str, *, location: Location | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.location = location

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        return where + super().__str__()


class ProblemsFound(ConfigError):
    """Several problems, shown together; ``problems`` are their printed forms, in file order."""

    code = "IVR120"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return self.message


class PluginError(IvrError):
    """A plugin is missing, malformed, or raised; ``plugin`` is its name, ``location`` where it went wrong."""

    code = "IVR200"

    def __init__(
        self, message: str, *, plugin: str = "", location: Location | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.plugin = plugin
        self.location = location

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        return where + super().__str__()


class Misfit(PluginError):
    """A plugin gave something else than its hook promises; the message names kinds, never values."""

    code = "IVR201"


class TelephonyError(IvrError):
    """Talking to Asterisk went wrong."""

    code = "IVR300"


class LinkLost(TelephonyError):
    """The connection to Asterisk is away; calls go on there, reconnecting goes on here."""

    code = "IVR301"


class RequestTimeout(TelephonyError):
    """Asterisk did not answer a request in time; whether it was carried out is unknown."""

    code = "IVR302"


class RequestFailed(TelephonyError):
    """Asterisk refused a request; ``status`` is the HTTP status."""

    code = "IVR303"

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class WireError(TelephonyError):
    """What arrived does not follow the protocol.

    ``raw`` is what arrived, where it is known: not in the message, since it may hold a caller's name.
    """

    code = "IVR304"

    def __init__(self, message: str, *, raw: bytes = b"", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.raw = raw


class LinkRefused(TelephonyError):
    """Asterisk refused our name and password."""

    code = "IVR305"


class LegGone(TelephonyError):
    """The call is over, so nothing can be done to it any more."""

    code = "IVR306"


class SpeechError(IvrError):
    """A recogniser or a voice went wrong."""

    code = "IVR400"


class ModelMissing(SpeechError):
    """The model is not here and cannot be fetched."""

    code = "IVR401"


class RecogniserFailed(SpeechError):
    """The engine raised, or gave no answer in time."""

    code = "IVR402"


class RecogniserLied(RecogniserFailed):
    """The engine gave what is no hypothesis."""

    code = "IVR403"


class SpeechBusy(SpeechError):
    """Nobody else can be listened to now: the machine has no room for it."""

    code = "IVR404"


class JournalError(IvrError):
    """The journal cannot be opened, read or written."""

    code = "IVR500"


class VersionsError(IvrError):
    """The versions of the dialplans cannot be kept or read: nothing that is not kept takes effect."""

    code = "IVR510"


class HistoryError(IvrError):
    """The history database cannot be reached, read or written; the journal keeps all that it lacks."""

    code = "IVR511"


class HistoryMoved(HistoryError):
    """Somebody else took records into the history meanwhile: go on from where they are."""

    code = "IVR512"


class HistoryHalfMade(HistoryError):
    """Some tables of the history database are there and some are not: an upgrade by an early release was cut
    off, somebody deleted tables, or they are another program's. Nothing is changed in it."""

    code = "IVR513"


class ServiceError(IvrError):
    """Something outside that a dialplan asked could not do it; the message holds no personal value."""

    code = "IVR700"


class LookupFailed(ServiceError):
    """A lookup gave no answer, or none that can be used."""

    code = "IVR701"


class LookupResting(ServiceError):
    """A lookup failed again and again: it is left alone for a while, and callers need not wait for it."""

    code = "IVR702"


class ServiceMissing(ServiceError):
    """Nobody here answers such a request: it is not configured."""

    code = "IVR703"


class RequestRefused(IvrError):
    """An API caller or a command asked for something impossible; ``status`` is the HTTP status to answer."""

    code = "IVR600"

    def __init__(self, message: str, *, status: int = 400, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class DrawingFailed(IvrError):
    """Graphviz, which draws pictures of dialplans, is not there, did not work, or took too long."""

    code = "IVR800"


class CoreMisuse(IvrError):
    """Our own code broke a rule of the pure core: a bug, never the peer's fault."""

    code = "IVR900"


PLUGIN_FAULTS: Final = (Exception, SystemExit)
"""What is caught wherever a plugin's code is called, and reported with the plugin's name.

``except PLUGIN_FAULTS`` is the boundary: a plugin that calls ``sys.exit`` must end neither the server nor
one of its threads. Not KeyboardInterrupt: that is the person at the terminal.
"""
