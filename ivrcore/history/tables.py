"""The tables of the history database, made of the rows' own fields, and the place in the journal.

What stands here is what the newest migration leaves; a test compares the two.
"""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from ivrcore.history.rows import ROWS, Row

METADATA = sa.MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)

INDEXED: dict[str, tuple[tuple[str, ...], ...]] = {
    "contact": (("arrived",), ("closed",), ("subject",)),
    "leg": (("began",), ("contact",)),
    "menu_visit": (("began",), ("contact",)),
    "visit": (("entered",), ("ended",), ("talk_ended",), ("contact",)),
    "refusal": (("at",),),
    "offer": (("made",), ("ended",), ("contact",)),
    "agent_interval": (("began",), ("ended",)),
    "disposition": (("at",),),
    "recognition": (("at",),),
}
"""Table -> columns that reports and retention look by."""


def _column(name: str, kind: Any) -> sa.Column[Any]:
    optional = kind in (float | None, int | None)
    types: dict[Any, sa.types.TypeEngine[Any]] = {
        str: sa.Text(),
        bool: sa.Boolean(),
        int: sa.BigInteger(),
        int | None: sa.BigInteger(),
        float: sa.Double(),
        float | None: sa.Double(),
    }
    return sa.Column(name, types[kind], primary_key=name == "id", nullable=optional)


def _table(kind: type[Row]) -> sa.Table:
    fields = sorted(msgspec.structs.fields(kind), key=lambda field: field.name != "id")
    table = sa.Table(kind.TABLE, METADATA, *(_column(field.name, field.type) for field in fields))
    for columns in INDEXED.get(kind.TABLE, ()):
        sa.Index(None, *(table.c[name] for name in columns))
    return table


TABLES: dict[type[Row], sa.Table] = {kind: _table(kind) for kind in ROWS}
"""Kind of row -> its table."""
for _kind, _made in TABLES.items():
    sa.Index(
        f"ix_{_kind.TABLE}_open",
        _made.c.id,
        sqlite_where=_made.c.open,
        postgresql_where=_made.c.open,
    )

PLACE = sa.Table(
    "place",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("journal", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)
"""One row: which journal the rows are of, and the last record that is in them (its number and its time)."""
