"""PINs of agents who log in by a code on their phone: kept in a file of the site, tried a few times only.

The phone says who it is; the PIN, that it is the agent who holds it. The file is read anew for every try.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import succeed

from ivrcore.errors import ConfigError
from ivrcore.model.names import CodeAnswer
from ivrcore.own_file import changing
from ivrcore.pin_file import check_pin, read_pins, write_pins
from ivrcore.pins import pin_hash, pin_matches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from ivrcore.answerers.lookups import Tries

log = logging.getLogger(__name__)

WHAT, HINT = "the agents' PIN file", "`ivrcore agent pin NAME` writes them"
SHORTEST_PIN = 4


def set_pin(path: Path, agent: str, pin: str) -> None:
    """Give an agent a PIN, or another one; raises :class:`ConfigError` for one that cannot be."""
    check_pin(pin, SHORTEST_PIN)
    with changing(path):
        write_pins(path, {**read_pins(path, WHAT, HINT), agent: pin_hash(pin)})


def remove_pin(path: Path, agent: str) -> None:
    """Take an agent's PIN away; raises :class:`ConfigError` for one who has none."""
    with changing(path):
        found = read_pins(path, WHAT, HINT)
        if agent not in found:
            raise ConfigError(f"{agent} has no PIN in {path}")
        write_pins(path, {other: kept for other, kept in found.items() if other != agent})


class AgentPins:
    """A :class:`ivrcore.session.ports.Pins`; ``on_worker`` runs what is slow, ``tries`` bounds guessing."""

    def __init__(
        self, path: Path, on_worker: Callable[[Callable[[], Any]], Deferred[Any]], tries: Tries
    ) -> None:
        self._path = path
        self._on_worker = on_worker
        self._tries = tries

    def asked_of(self, agent: str) -> Deferred[CodeAnswer]:
        """Tell what an agent is told first: to enter the PIN, or why that is of no use."""
        if not self._tries.begin(agent):
            return succeed(CodeAnswer.PIN_LOCKED)
        self._tries.not_wrong(agent)  # only looked
        return self._on_worker(partial(self._judge, agent, None)).addErrback(self._failed, "")

    def judge(self, agent: str, pin: str) -> Deferred[CodeAnswer]:
        """Tell what came of a PIN: logged in, wrong, or that no try is left for now."""
        if not self._tries.begin(agent):
            return succeed(CodeAnswer.PIN_LOCKED)
        found = self._on_worker(partial(self._judge, agent, pin))
        return found.addCallback(self._right, agent).addErrback(self._failed, agent)

    def _right(self, answer: CodeAnswer, agent: str) -> CodeAnswer:
        if answer is not CodeAnswer.WRONG_PIN:
            self._tries.not_wrong(agent)
        return answer

    def _failed(self, why: Failure, agent: str) -> CodeAnswer:
        """The PIN could not be judged: nobody is let in, and no try is lost."""
        if agent:
            self._tries.not_wrong(agent)
        known = isinstance(why.value, ConfigError)
        log.error("no agent can log in by PIN: %s", why.value if known else type(why.value).__name__)
        return CodeAnswer.FAILED

    def _judge(self, agent: str, pin: str | None) -> CodeAnswer:
        kept = read_pins(self._path, WHAT, HINT).get(agent)
        if kept is None:
            return CodeAnswer.NO_PIN
        if pin is None:
            return CodeAnswer.ENTER_PIN
        return CodeAnswer.LOGGED_IN if pin_matches(pin, kept) else CodeAnswer.WRONG_PIN
