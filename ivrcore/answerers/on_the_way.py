"""What was said, and is in no box yet: whoever ends the server waits for it."""

from __future__ import annotations

import asyncio


class OnTheWay:
    """The requests whose recordings are being fetched or kept."""

    def __init__(self) -> None:
        self.requests: set[str] = set()
        self._none = asyncio.Event()
        self._none.set()

    def add(self, request: str) -> None:
        """It was said, and is being fetched or kept."""
        self.requests.add(request)
        self._none.clear()

    def discard(self, request: str) -> None:
        """It is in its box, or will not be."""
        self.requests.discard(request)
        if not self.requests:
            self._none.set()

    async def rest(self) -> None:
        """Wait until there is none."""
        await self._none.wait()
