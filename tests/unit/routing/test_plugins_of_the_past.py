"""What plugins do wrong while the journal is read at the start is not told as if it happened today."""

from dataclasses import replace
from typing import Any

from router_desk import built_in

from ivrcore.api import Member
from ivrcore.journal.memory import MemoryJournal
from ivrcore.model import events
from ivrcore.model.names import LeftQueue
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.commands import LeaveQueue
from ivrcore.routing.router import step
from ivrcore.service.past import Past


class Broken:
    """A rule that fails, whoever is asked for."""

    name = "broken"

    def read(self, asked: Any) -> Any:
        return asked

    def misfit(self, member: Member, asked: Any) -> str:
        raise OSError("no connection")


def test_given_a_rule_that_failed_on_the_journal_then_the_first_live_step_tells_of_nothing() -> None:
    queue = QueueFacts(name="loans", require={"broken": 1})
    agents = (AgentFacts(name="ann", endpoint="x", queues=("loans",)),)
    journal = MemoryJournal()
    journal.append(
        [
            events.RosterLoaded(at=1.0, queues=(queue,), agents=agents),
            events.ContactQueued(at=2.0, contact="c", visit="c.v1", queue="loans"),
        ]
    )
    plugins = built_in()
    plugins = replace(plugins, eligibility={**plugins.eligibility, "broken": Broken()})
    past = Past(journal, plugins, lambda: 0.5)
    assert not past.routing.rulebook.failures
    decision = step(past.routing, LeaveQueue("c", LeftQueue.FAILED), 3.0)
    assert [type(event) for event in decision.events] == [events.VisitLeft]
