"""The first tables: contacts and what belongs to them, agents, queues, and the place in the journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _count(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _table(name: str, columns: Sequence[sa.Column[Any]], indexed: Sequence[str] = ()) -> None:
    """Make a table of rows: each has an id, and is open while something of it may still change."""
    key = sa.PrimaryKeyConstraint("id", name=f"pk_{name}")
    op.create_table(name, _text("id"), _flag("open"), *columns, key)
    for column in indexed:
        op.create_index(f"ix_{name}_{column}", name, [column])
    op.create_index(
        f"ix_{name}_open",
        name,
        ["id"],
        sqlite_where=sa.text("open = 1"),  # as SQLAlchemy asks: SQLite goes by the words
        postgresql_where=sa.text("open"),
    )


def upgrade() -> None:
    """Make them."""
    _table(
        "contact",
        [
            _number("arrived"),
            _text("number"),
            _text("plan"),
            _text("plan_version"),
            _text("subject"),
            _text("language"),
            _number("answered", nullable=True),
            _number("closed", nullable=True),
            _text("outcome"),
            _count("cause", nullable=True),
            _flag("inferred"),
            _text("disposition"),
            _count("menus"),
            _count("visits"),
        ],
        ["arrived", "closed", "subject"],
    )
    _table(
        "leg",
        [
            _text("contact"),
            _number("began"),
            _text("kind"),
            _text("agent"),
            _text("offer"),
            _number("answered", nullable=True),
            _number("ended", nullable=True),
            _text("ended_by"),
            _count("cause", nullable=True),
        ],
        ["began", "contact"],
    )
    _table(
        "menu_visit",
        [
            _text("contact"),
            _text("plan"),
            _text("menu"),
            _number("began"),
            _number("ended", nullable=True),
            _text("how"),
            _text("choice"),
            _count("entered"),
            _count("turns"),
            _count("choices_by_key"),
            _count("choices_by_speech"),
            _count("universals"),
            _count("impatient"),
            _count("no_inputs"),
            _count("no_matches"),
            _count("gave_up"),
            _count("accepted"),
            _count("confirmed"),
            _count("rejected"),
        ],
        ["began", "contact"],
    )
    _table(
        "visit",
        [
            _text("contact"),
            _text("queue"),
            _number("entered"),
            _count("priority"),
            _flag("call_back"),
            _number("ended", nullable=True),
            _text("outcome"),
            _text("why"),
            _number("waited", nullable=True),
            _flag("in_threshold"),
            _flag("short"),
            _text("agent"),
            _text("offer"),
            _number("talked", nullable=True),
            _number("talk_ended", nullable=True),
            _text("ended_by"),
            _count("holds"),
            _number("held"),
            _flag("sent_on"),
        ],
        ["contact", "ended", "entered", "talk_ended"],
    )
    _table(
        "refusal",
        [
            _text("contact"),
            _text("queue"),
            _number("at"),
            _text("why"),
        ],
        ["at"],
    )
    _table(
        "offer",
        [
            _text("contact"),
            _text("visit"),
            _text("queue"),
            _text("agent"),
            _number("made"),
            _number("picked_up", nullable=True),
            _number("accepted", nullable=True),
            _number("ended", nullable=True),
            _text("how"),
        ],
        ["contact", "ended", "made"],
    )
    _table(
        "agent_interval",
        [
            _text("agent"),
            _text("state"),
            _number("began"),
            _text("reason"),
            _text("queue"),
            _text("visit"),
            _number("ended", nullable=True),
        ],
        ["began", "ended"],
    )
    _table(
        "agent",
        [
            _text("display"),
            _text("state"),
            _text("told"),
            _flag("resting"),
            _text("device"),
            _text("reason"),
            _number("since", nullable=True),
            _text("interval"),
            _flag("retired"),
            _text("last_queue"),
            _text("last_visit"),
        ],
    )
    _table(
        "queue",
        [
            _number("threshold"),
        ],
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        _text("journal"),
        _count("seq"),
        _number("at"),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
    )


def downgrade() -> None:
    """Drop them: a history can be rebuilt from the journal."""
    for name in (
        "contact",
        "leg",
        "menu_visit",
        "visit",
        "refusal",
        "offer",
        "agent_interval",
        "agent",
        "queue",
        "place",
    ):
        op.drop_table(name)
