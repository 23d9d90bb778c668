"""`ivrcore serve`: the asyncio reactor, the log, signals, and one :class:`~ivrcore.service.server.Server`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.logger import STDLibLogObserver, globalLogBeginner

from ivrcore.errors import ConfigError, IvrError
from ivrcore.service.doors import Doors
from ivrcore.service.json_log import JsonFormatter, SecretsRead
from ivrcore.service.reactor import install_reactor

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.config import Config
    from ivrcore.service.successor import Prepared
    from ivrcore.web.client import ApiClient

log = logging.getLogger("ivrcore")

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
COULD_NOT = 2
STOP_SECONDS = 10.0
"""A stop that takes longer is cut short."""


def main(
    config: Config,
    *,
    json_log: bool = False,
    started: Callable[[], object] = lambda: None,
    take_over_from: ApiClient | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM; give the process's exit code. The log is text, or JSON.

    ``started`` is called once all parts have been started. With ``take_over_from`` that server's calls are
    taken over once all is ready.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=TEXT)
    # No line names its thread or process, and asking for them takes a fifth of what a line costs.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    run = _Run(config, install_reactor(), started, take_over_from)
    if json_log:
        for one in logging.getLogger().handlers:
            one.setFormatter(JsonFormatter(SecretsRead(run.config_read)))
    observer: Any = STDLibLogObserver()
    logging.getLogger("twisted").setLevel(logging.WARNING)  # it tells of every connection it makes
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # and of every change it sees
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    run.reactor.callLater(0, run.start)  # not callWhenRunning: the loop does not run yet then
    run.reactor.addSystemEventTrigger("before", "shutdown", run.stop)
    run.reactor.run()
    return run.exit_code


class _Run:
    def __init__(
        self,
        config: Config,
        reactor: Any,
        started: Callable[[], object],
        take_over_from: ApiClient | None = None,
    ) -> None:
        self.reactor = reactor
        self._started = started
        self.exit_code = 0
        self._config = config
        self._other = take_over_from
        self._preparing: asyncio.Task[None] | None = None
        self._doors = Doors(os.environ)
        self._server: Any = None

    def config_read(self) -> Config:
        """Give the configuration that was read last, also one that is not in force."""
        return self._config if self._server is None else self._server.live_config.read

    def start(self) -> None:
        """Make and start the server, or get ready to take over from another one."""
        if self._other is None:
            self._serve()
        else:
            self._preparing = asyncio.ensure_future(self._succeed(self._other))

    async def _succeed(self, other: ApiClient) -> None:
        """Do all that takes long, have the other server let go, and serve; until then it is left in peace."""
        from ivrcore.service.claim import Claim
        from ivrcore.service.server import Server  # noqa: F401 - it takes long to be read
        from ivrcore.service.successor import Prepared, take_over

        claim = None
        try:
            claim = Claim(self._config.journal.path)
            prepared = Prepared(self._config, self.reactor)
            try:
                await prepared.load()
                prepared.catch_up()
                await take_over(self._config.journal.path, other, claim)
            except BaseException:
                prepared.stop()
                raise
        except IvrError as error:
            self._give_up(error)
        except Exception:
            log.exception("nothing could be taken over")
            self.exit_code = COULD_NOT
            self.reactor.stop()
        else:
            self._serve(prepared)
        finally:  # by now the journal is ours, or nothing is
            if claim is not None:
                claim.release()

    def _serve(self, prepared: Prepared | None = None) -> None:
        """Make and start the server; what makes that impossible is said in a line, without a trace."""
        from ivrcore.service.server import Server

        try:
            server = Server(self._config, self.reactor, self._end, prepared=prepared, doors=self._doors)
            self._server = server
            server.start()
            self._started()
        except CannotListenError as error:
            web = self._config.web
            self._give_up(
                ConfigError(
                    f"cannot listen on {web.host}:{web.port}: {error.socketError}",
                    hint="another program has the port; change web: port: or stop the other",
                )
            )
        except IvrError as error:
            self._give_up(error)
        except Exception:  # the reactor would only log it and serve on, with half a server
            log.exception("the server could not start")
            self.exit_code = COULD_NOT
            self.reactor.stop()

    def _end(self) -> None:
        """End as by SIGTERM."""
        if self.reactor.running:
            self.reactor.stop()

    def _give_up(self, error: IvrError) -> None:
        print(error, file=sys.stderr)  # noqa: T201 - said to the person who typed the command
        self.exit_code = COULD_NOT
        self.reactor.stop()

    def stop(self) -> Deferred[None] | None:
        """Give a Deferred that fires when everything is stopped."""
        if self._server is None:
            if self._preparing is not None:
                self._preparing.cancel()
            return None
        return Deferred.fromFuture(asyncio.ensure_future(self._stop(self._server)))

    async def _stop(self, server: Any) -> None:
        try:
            await asyncio.wait_for(server.stop(), STOP_SECONDS)
        except TimeoutError:
            log.error("stopping took more than %.0f s and was cut short", STOP_SECONDS)  # noqa: TRY400
            self.exit_code = COULD_NOT
