"""Where a person wrote something: file, line and column, carried by everything that is parsed."""

import msgspec


class Location(msgspec.Struct, frozen=True, order=True, gc=False):
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Location("<built in>", 0, 0)
"""For values that no person wrote (defaults)."""
