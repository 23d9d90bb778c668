"""Tables of dispositions, and of what recognisers did.

What was taken in before has no rows in them; `ivrcore history rebuild` makes them of a journal that is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _table(name: str, columns: Sequence[sa.Column[Any]]) -> None:
    """Make a table of rows that have happened ``at`` a moment."""
    at: sa.Column[Any] = sa.Column("at", sa.Double(), nullable=False)
    flag: sa.Column[Any] = sa.Column("open", sa.Boolean(), nullable=False)
    op.create_table(name, _text("id"), flag, *columns, at, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"))
    op.create_index(f"ix_{name}_at", name, ["at"])
    op.create_index(
        f"ix_{name}_open",
        name,
        ["id"],
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )


def upgrade() -> None:
    """Make them."""
    _table("disposition", [_text("contact"), _text("plan"), _text("disposition")])
    took: sa.Column[Any] = sa.Column("took", sa.Double(), nullable=True)
    _table(
        "recognition",
        [*(_text(name) for name in ("contact", "plan", "menu", "engine", "how")), took, _text("code")],
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("disposition", "recognition"):
        op.drop_table(name)
