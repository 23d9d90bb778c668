"""What the chaos runs wait for, and what they tell where that does not come."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from ivrcore.journal.local import insert, last_seq, places, read_records
from ivrcore.journal.record import Record
from ivrcore.journal.store import Store
from ivrcore.lab.chaos_audit import Audit
from ivrcore.lab.chaos_words import telling
from ivrcore.lab.packages import LabError
from ivrcore.lab.phone_records import Step
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, ChosenBy

if TYPE_CHECKING:
    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.phones import Call
    from ivrcore.model.event import Event


def arrived(name: str) -> Event:
    return events.ContactArrived(
        at=1.0,
        contact=f"c-{name}",
        leg=f"c-{name}.1",
        channel=name,
        number="5000",
        plan="p",
        plan_version="1",
    )


def adopted(name: str) -> Event:
    return events.ContactAdopted(
        at=2.0, contact=f"c-{name}", leg=f"c-{name}.1", where=AdoptedIn.DIALPLAN, since=1.5
    )


def chosen(name: str) -> Event:
    return events.ChoiceMade(at=2.1, contact=f"c-{name}", menu="m", turn=1, choice="again", by=ChosenBy.KEY)


class Lab:
    """A journal that is written, and an Asterisk that has one of two channels."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.journal = folder, folder / "journal.db"
        self.pbx = SimpleNamespace(
            rx=lambda _command: "PJSIP/trunk-1!from-trunk!x!1!Up!Stasis!!!!!!!1!17.1\n"
        )
        (folder / "server.log").write_text("the link stands\n")

    def write(self, *happened: Event) -> None:
        store = Store(self.journal)
        records = [Record(seq, one) for seq, one in enumerate(happened, last_seq(self.journal) + 1)]
        store.commit([places(records), insert(records)])
        store.close()

    def records(self) -> Any:
        return read_records(self.journal)

    def records_after(self, seq: int) -> Any:
        return read_records(self.journal, seq)


def test_given_a_key_acted_on_before_all_are_taken_up_then_the_others_are_waited_for(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.write(arrived("17.1"), arrived("17.2"), adopted("17.1"), chosen("17.1"))
    audit = Audit(cast("HotlineLab", lab))
    assert audit.read().happened(events.ChoiceMade)
    assert audit.adopted() == {"c-17.1"}
    lab.write(adopted("17.2"))
    assert audit.adopted() == {"c-17.1", "c-17.2"}


def test_given_a_wait_in_vain_then_everything_is_told_of_those_who_are_missed(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.write(arrived("17.1"), arrived("17.2"), adopted("17.2"))
    audit = Audit(cast("HotlineLab", lab))
    call = cast(
        "Call", SimpleNamespace(call_id="abc@lab", timeline=(Step(7.0, "keys begins", {"digits": "1"}),))
    )
    with (
        pytest.raises(LabError) as raised,
        telling(cast("HotlineLab", lab), audit, lambda: audit.read().open - audit.adopted(), [call]),
    ):
        raise LabError("all are taken up: not within 60 s")
    words = str(raised.value)
    assert words.startswith("all are taken up: not within 60 s\n1 contacts were missed")
    assert "ContactArrived(at=1.0, contact='c-17.1'" in words
    assert "c-17.2" not in words
    assert "Asterisk has 1 channels, of the missed contacts:\nPJSIP/trunk-1" in words
    assert "keys begins {'digits': '1'}" in words
    assert words.endswith("the link stands")
