"""The cable between server and Asterisk: a proxy on a thread of its own, for those who do not await."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from ivrcore.lab.proxy import Proxy

ANSWER_SECONDS = 40.0


class Cable:
    """Use with `with`; `port` is where the server is to find Asterisk, `lead_to` where it leads."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._proxy = self._run(self._made())
        self.port = self._proxy.port
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._proxy.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @staticmethod
    async def _made() -> Proxy:
        return await Proxy(0).start()

    def lead_to(self, port: int) -> None:
        """Lead to this port of 127.0.0.1 from now on."""
        self._proxy.target = "127.0.0.1", port

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self._run(self._proxy.cut())

    def hold(self, *, out: bool = True, back: bool = True) -> None:
        """Pass nothing on, without telling either side: ``out`` to Asterisk, ``back`` from it."""
        self._run(self._proxy.hold(out=out, back=back))

    def forget(self) -> None:
        """Reset every connection for the server alone; Asterisk learns it by `restore()`."""
        self._run(self._proxy.forget())

    def restore(self) -> None:
        """Be whole again."""
        self._run(self._proxy.restore())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_SECONDS)
