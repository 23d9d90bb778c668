"""Services, outside numbers, call-backs, messages: every event is counted, labels are bounded, sums hold."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.journal.record import Record
from ivrcore.metrics.catalogue import METRICS
from ivrcore.metrics.collector import FiguresCollector
from ivrcore.metrics.figures import Figures, load
from ivrcore.metrics.fold import apply, fold
from ivrcore.metrics.outside_figures import ENDS, MOST_NAMES, OTHERS
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.histogram import Histogram
from ivrcore.model.names import CallBackEnd, EmergencyAction, OutboundRefusal, Service, Told, Via
from tests.unit.metrics import metrics_stories as stories


def rows(figures: Figures, name: str) -> dict[tuple[str, ...], float]:
    (metric,) = [one for one in METRICS if one.name == name]
    view = FiguresCollector(figures, lambda: 500.0).view()
    return {
        labels: value.count if isinstance(value, Histogram) else value for labels, value in metric.read(view)
    }


def folded(happened: Iterable[Event]) -> Figures:
    return fold(stories.records([stories.ROSTER, *happened]))


def asked(service: Service, name: str, n: int = 1) -> e.ServiceAsked:
    return e.ServiceAsked(
        at=110.0, contact=f"c{n}", request=f"c{n}.s1", service=service, name=name, until=115.0
    )


def answered(service: Service, name: str, how: Told, code: str = "") -> e.ServiceAnswered:
    return e.ServiceAnswered(
        at=111.0, contact="c1", request="c1.s1", service=service, name=name, how=how, took=1.0, code=code
    )


def test_services_are_counted_by_kind_name_and_answer() -> None:
    figures = folded(
        [
            asked(Service.LOOKUP, "crm"),
            answered(Service.LOOKUP, "crm", Told.FAILED, "LKP1"),
            asked(Service.LOOKUP, "crm"),
            answered(Service.LOOKUP, "crm", Told.DONE),
            asked(Service.IDENTIFY, "customers"),
            answered(Service.IDENTIFY, "customers", Told.REFUSED),
            asked(Service.LOOKUP, "crm"),
        ]
    )
    assert rows(figures, "ivrcore_service_asked") == {("lookup", "crm"): 3, ("identify", "customers"): 1}
    told = rows(figures, "ivrcore_service_answered")
    assert {labels: count for labels, count in told.items() if count} == {
        ("lookup", "crm", "failed"): 1,
        ("lookup", "crm", "done"): 1,
        ("identify", "customers", "refused"): 1,
    }
    assert told["lookup", "crm", "timed_out"] == 0
    assert rows(figures, "ivrcore_service_seconds") == {("lookup",): 2, ("identify",): 1}
    assert rows(figures, "ivrcore_service_errors") == {("lookup", "LKP1"): 1}


def test_names_that_sites_choose_have_an_end() -> None:
    figures = folded(asked(Service.LOOKUP, f"lookup{n}") for n in range(MOST_NAMES + 20))
    shown = rows(figures, "ivrcore_service_asked")
    assert len(shown) == MOST_NAMES + 1
    assert shown["lookup", OTHERS] == 20


def test_outside_numbers_are_counted_and_those_on_the_line_shown() -> None:
    allowed = [
        e.OutboundAllowed(
            at=110.0, contact=f"c{n}", outbound=f"c{n}.s1", service=Service.TRANSFER, prefix="+82"
        )
        for n in range(3)
    ]
    refused = e.OutboundRefused(
        at=110.0,
        contact="c9",
        outbound="c9.s1",
        service=Service.CALL_BACK,
        why=OutboundRefusal.PER_NUMBER,
    )
    over = [
        e.OutboundEnded(at=150.0, contact="c0", outbound="c0.s1", how=Told.DONE, talked=30.0),
        e.OutboundEnded(at=150.0, contact="c1", outbound="c1.s1", how=Told.BUSY),
    ]
    figures = folded([*allowed, refused, *over])
    assert rows(figures, "ivrcore_outbound_allowed") == {("transfer",): 3, ("call_back",): 0}
    assert rows(figures, "ivrcore_outbound_in_progress") == {("transfer",): 1, ("call_back",): 0}
    why = rows(figures, "ivrcore_outbound_refused")
    assert why["call_back", "per_number"] == 1
    assert sum(why.values()) == 1
    assert rows(figures, "ivrcore_outbound_ended")["busy",] == 1
    assert rows(figures, "ivrcore_outbound_talk_seconds") == {(): 1}


def test_call_backs_are_shown_as_zero_before_there_is_one() -> None:
    figures = folded([])
    assert rows(figures, "ivrcore_call_backs_asked") == {("loans",): 0, ("cards",): 0}
    ended = rows(figures, "ivrcore_call_backs_ended")
    ends = {how.value for how in CallBackEnd} - {"goes_on"}
    assert set(ended) == {(queue, how) for queue in ("loans", "cards") for how in ends}
    assert set(ended.values()) == {0}


def test_a_call_back_is_counted_from_the_asking_to_the_conversation() -> None:
    figures = folded(
        [
            e.CallBackAsked(at=110.0, contact="c1", queue="loans", subject="s"),
            e.CallBackDialled(at=120.0, contact="c1", attempt=1),
            e.CallBackMissed(at=150.0, contact="c1", attempt=1, how=Told.NO_ANSWER, again=200.0),
            e.CallBackDialled(at=200.0, contact="c1", attempt=2),
            e.CallBackReached(at=205.0, contact="c1", attempt=2),
        ]
    )
    assert rows(figures, "ivrcore_call_backs_open") == {("loans",): 1, ("cards",): 0}
    over = e.CallBackEnded(at=300.0, contact="c1", how=CallBackEnd.TALKED)
    apply(figures, Record(figures.seq + 1, over))
    assert rows(figures, "ivrcore_call_backs_open") == {("loans",): 0, ("cards",): 0}
    assert rows(figures, "ivrcore_call_backs_ended")["loans", "talked"] == 1
    assert rows(figures, "ivrcore_call_backs_dialled") == {(): 2}
    assert rows(figures, "ivrcore_call_backs_reached") == {(): 1}
    assert rows(figures, "ivrcore_call_backs_missed")["no_answer",] == 1
    assert figures.outside.call_back_seconds.total == 190.0


def test_messages_announcements_and_emergencies_are_counted() -> None:
    figures = folded(
        [
            e.MessageRecorded(at=110.0, contact="c1", message="m1", mailbox="box", seconds=8.0),
            e.MessageFetched(at=120.0, message="m1", mailbox="box", by="kim"),
            e.MessageDeleted(at=130.0, message="m1", mailbox="box", by="kim"),
            e.AnnouncementSet(at=140.0, name="fraud", version=1, starts=140.0, author="kim", via=Via.API),
            e.AnnouncementWithdrawn(at=150.0, name="fraud", author="kim", via=Via.API),
            e.EmergencySet(at=160.0, scope="all", action=EmergencyAction.CLOSE, author="kim", via=Via.PHONE),
            e.DialplanRetired(at=170.0, name="bank", version="1"),
        ]
    )
    for what in ("recorded", "fetched", "deleted"):
        assert rows(figures, f"ivrcore_messages_{what}") == {("box",): 1}
    assert figures.outside.message_seconds.total == 8.0
    assert rows(figures, "ivrcore_announcements_changed")["api",] == 2
    assert rows(figures, "ivrcore_emergency_switched")["close",] == 1
    assert rows(figures, "ivrcore_dialplan_retired") == {("bank",): 1}


def goes_on(at: float, contact: str, to: str, queue: str) -> Event:
    """Hand a call-back on to who called in, as the server does right after its end."""
    return e.CallBackAsked(
        at=at, contact=to, queue=queue, subject="s", in_person=True, goes_on_with=contact, asked=at - 1
    )


def test_a_customer_who_calls_in_and_hangs_up_asked_once_and_waits_from_then() -> None:
    happened: list[Event] = [
        stories.ROSTER,
        e.CallBackAsked(at=110.0, contact="c1", queue="loans", subject="s"),
        e.CallBackEnded(at=400.0, contact="c1", how=CallBackEnd.GOES_ON),
        goes_on(400.0, "c1", "c2", "cards"),
        e.CallBackEnded(at=700.0, contact="c2", how=CallBackEnd.GOES_ON),
        goes_on(700.0, "c2", "c3", "cards"),
    ]
    figures = fold(stories.records(happened))
    assert rows(figures, "ivrcore_call_backs_asked")["loans",] == 1
    assert rows(figures, "ivrcore_call_backs_asked")["cards",] == 0
    assert rows(figures, "ivrcore_call_backs_open") == {("loans",): 1, ("cards",): 0}
    happened.append(e.CallBackEnded(at=1000.0, contact="c3", how=CallBackEnd.TALKED))
    figures = fold(stories.records(happened))
    over = rows(figures, "ivrcore_call_backs_ended")
    assert {how: n for (_, how), n in over.items() if n} == {"talked": 1}
    assert ("loans", "goes_on") not in over
    assert figures.outside.call_back_seconds.total == 890.0
    assert figures.outside.call_backs == {}


def test_call_backs_add_up_by_queue_however_many_queues_there_are() -> None:
    queues = [f"queue{n}" for n in range(MOST_NAMES + 20)]
    figures = folded(e.CallBackAsked(at=1.0, contact=f"{one}.c", queue=one, subject="s") for one in queues)
    apply(figures, Record(figures.seq + 1, e.CallBackEnded(at=2.0, contact=f"{queues[-1]}.c", how=ENDS[0])))
    begun, still = rows(figures, "ivrcore_call_backs_asked"), rows(figures, "ivrcore_call_backs_open")
    assert [begun[queue,] for queue in queues] == [1] * len(queues)
    assert [still.get((queue,), 0) for queue in queues] == [1] * (len(queues) - 1) + [0]
    assert (OTHERS,) not in begun
    assert rows(figures, "ivrcore_call_backs_ended")[queues[-1], ENDS[0].value] == 1


HOW = st.sampled_from([None, *CallBackEnd])


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["loans", "cards", "gone"]), HOW), max_size=20), st.data())
def test_call_backs_always_add_up_and_a_snapshot_at_any_place_gives_the_same(
    ways: list[tuple[str, CallBackEnd | None]], data: st.DataObject
) -> None:
    happened: list[Event] = [stories.ROSTER]
    for n, (queue, how) in enumerate(ways):
        at, contact = 110.0 + n, f"c{n}"
        happened.append(e.CallBackAsked(at=at, contact=contact, queue=queue, subject="s"))
        happened += [] if how is None else [e.CallBackEnded(at=at + 1, contact=contact, how=how)]
        if how is CallBackEnd.GOES_ON:
            happened.append(goes_on(at + 1, contact, f"{contact}.again", "loans"))
    stream = stories.records(happened)
    cut = data.draw(st.integers(0, len(stream)))
    figures = load(fold(stream[:cut]).dump())
    assert fold(stream[cut:], figures) == fold(stream)
    begun = rows(figures, "ivrcore_call_backs_asked")
    over = rows(figures, "ivrcore_call_backs_ended")
    still = rows(figures, "ivrcore_call_backs_open")
    for (queue,), count in begun.items():
        assert count == still.get((queue,), 0) + sum(n for (name, _), n in over.items() if name == queue)
