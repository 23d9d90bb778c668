"""The process in which the lab's phones live: callers, RTP endpoints, and SIPp for the agents.

`python -m ivrcore.lab.phone_box` takes a JSON object a line on standard input and writes events the same
way on standard output; `phones.py` is its other half. Apart from the tests, because they block at times
and audio must not. It ends, with all it started, when its standard input closes.
"""

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from ivrcore.lab.phone_agents import AgentGroup
from ivrcore.lab.phone_caller import Caller
from ivrcore.lab.rtp import Clock
from ivrcore.lab.sip_caller import SipSocket

Event = dict[str, Any]


class Box:
    """All phones of one `Phones`."""

    def __init__(self, settings: Event, emit: Callable[[Event], None]) -> None:
        self.settings, self.emit = settings, emit
        self.clock = Clock()
        self.sip = SipSocket()
        self.callers: dict[int, Caller] = {}
        self.groups: dict[int, AgentGroup] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, commands: "asyncio.Queue[Event | None]") -> None:
        """Carry out commands until None comes."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self.sip, local_addr=("127.0.0.1", 0))
        ticking = asyncio.create_task(self.clock.run())
        self.emit({"event": "ready"})
        try:
            while (command := await commands.get()) is not None:
                self._start(self._carry_out(command))
        finally:
            ticking.cancel()
            for group in self.groups.values():
                await group.stop()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.emit({"event": "failed", "error": f"{type(error).__name__}: {error}"})

    async def _carry_out(self, command: Event) -> None:
        number = int(command.get("id", 0))

        def emit(event: Event) -> None:
            self.emit({"id": number, **event})

        match command["do"]:
            case "call":
                caller = self.callers[number] = Caller(command, self.settings, self.clock, self.sip, emit)
                await caller.run()
            case "act":
                self.callers[number].add(command["actions"])
            case "hang_up":
                await self.callers[number].hang_up()
            case "lose":
                self.callers[number].lose()
            case "agents":
                group = self.groups[number] = AgentGroup(command, self.settings, self.clock, emit)
                await group.start()
            case "behave":
                await self.groups[number].behave(command["phones"])
            case "stop_agents":
                await self.groups[number].stop()
            case other:
                raise ValueError(f"unknown command {other}")


def _read(commands: "asyncio.Queue[Event | None]", loop: asyncio.AbstractEventLoop) -> None:
    for line in sys.stdin:
        loop.call_soon_threadsafe(commands.put_nowait, json.loads(line))
    loop.call_soon_threadsafe(commands.put_nowait, None)


async def main(settings: Event) -> None:
    """Serve one `Phones` until standard input closes."""
    commands: asyncio.Queue[Event | None] = asyncio.Queue()
    reader = threading.Thread(target=_read, args=(commands, asyncio.get_running_loop()), daemon=True)
    reader.start()

    def emit(event: Event) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(event), flush=True)

    await Box(settings, emit).run(commands)


if __name__ == "__main__":
    os.chdir(Path(sys.argv[1]))
    asyncio.run(main(json.loads(sys.argv[2])))
