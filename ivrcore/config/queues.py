"""The queues of a configuration: what routing is to know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.config.names import read_levels
from ivrcore.config.patience import read_join, read_overflow
from ivrcore.model.roster import QueueFacts, RelaxationFacts
from ivrcore.routing import last_talks
from ivrcore.routing.redial import LONGEST

if TYPE_CHECKING:
    from ivrcore.config.routing import RoutingReader
    from ivrcore.fields import Fields


def read_queue(fields: Fields, name: str, reader: RoutingReader) -> QueueFacts:
    """Read one queue, but for what it sounds like."""
    default = QueueFacts(name=name)
    strategy = reader.strategy(fields, default.strategy)
    order = reader.order(fields, default.order)
    first, *later = reader.relaxations(fields) or (None,)
    max_wait, joining = fields.seconds("max_wait", 0.0), read_join(fields)
    return QueueFacts(
        name=name,
        skills=read_levels(fields, "skills"),
        strategy=strategy.name,
        options=strategy.options,
        require=reader.require(fields),
        relaxation=first.name if first else "",
        relaxation_options=first.options if first else {},
        relaxation_next=tuple(RelaxationFacts(name=one.name, options=one.options) for one in later if one),
        order=order.name,
        order_options=order.options,
        ring_time=fields.seconds("ring_time", default.ring_time, least=1.0, most=600.0),
        wrap_up=fields.seconds("wrap_up", default.wrap_up),
        threshold=fields.seconds("threshold", default.threshold),
        objective=fields.number("objective", default.objective, least=0.01, most=0.999),
        short_abandon=fields.seconds("short_abandon", default.short_abandon),
        max_wait=max_wait or None,
        retry_after=fields.seconds("retry_after", default.retry_after),
        pause_after=fields.integer("pause_after", default.pause_after, least=0, most=1000),
        priority=fields.integer("priority", default.priority, least=-1000, most=1000),
        join_empty=joining.empty,
        join_waiting=joining.waiting,
        join_expected=joining.expected,
        leave_empty=fields.boolean("leave_empty", default.leave_empty),
        overflow=read_overflow(fields),
        redial=fields.seconds("redial", default.redial, most=LONGEST),
        last_agent=fields.seconds("last_agent", default.last_agent, most=last_talks.LONGEST),
    )
