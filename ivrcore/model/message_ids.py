"""What a message is called: told by the request that it was left for. Pure.

So whoever keeps it a second time finds it there, and whoever reads that one was recorded knows which.
"""

from __future__ import annotations

import hashlib

ID_DIGITS = 32
"""Hexadecimal ones."""


def message_of(request: str) -> str:
    """Give the id of the message that a caller leaves for this request of a recording."""
    return hashlib.sha256(request.encode()).hexdigest()[:ID_DIGITS]
