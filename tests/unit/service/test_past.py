"""What a server takes from its journal at the start."""

from ivrcore.journal.memory import MemoryJournal
from ivrcore.model import events
from ivrcore.plugin_manager import load_plugins
from ivrcore.service.past import Past


def test_who_was_erased_in_earlier_runs_is_known() -> None:
    journal = MemoryJournal()
    journal.append(
        [
            events.SubjectErased(at=1.0, subject="s1"),
            events.ClockSetBack(at=2.0, seconds=1.0),
            events.SubjectErased(at=3.0, subject="s2"),
        ]
    )
    past = Past(journal, load_plugins().routing(), lambda: 0.5)
    assert past.erased == {"s1", "s2"}
