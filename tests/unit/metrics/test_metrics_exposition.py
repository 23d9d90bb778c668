"""What Prometheus reads: the figures, both formats, zeros, no ids, and a table of it that is true."""

from functools import partial
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from twisted.internet.task import Clock

from ivrcore.journal.record import Record
from ivrcore.metrics.catalogue import METRICS, markdown
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.exemplars import COUNTERS
from ivrcore.metrics.fold import apply, fold
from ivrcore.metrics.lag import LoopLag
from ivrcore.model.events import RosterLoaded
from ivrcore.model.histogram import MOST_ID, Histogram
from ivrcore.model.roster import QueueFacts
from ivrcore.service.link import agi_now
from ivrcore.service.switches import Switches
from ivrcore.telephony.aeap.figures import Refusal
from ivrcore.telephony.agi.config import AgiConfig
from ivrcore.telephony.agi.server import ENDS, REFUSALS
from ivrcore.telephony.agi.switch import AgiSwitch
from tests.unit.metrics import metrics_stories as stories

DOCS = Path(__file__).parents[3] / "docs/metrics.md"


class JournalFigures:
    healthy = True
    backlog = 3

    def __init__(self) -> None:
        self.commit_times = Histogram(edges=(0.1,))
        self.commit_times.observe(0.05)


def exposition() -> Exposition:
    figures = fold(stories.records(stories.a_day()))
    return Exposition(FiguresCollector(figures, lambda: 220.0, JournalFigures(), lambda: 0.25))


def samples(accept: str = "text/plain") -> dict[tuple[str, ...], float]:
    body, content_type = exposition().render(accept)
    parse = parse_openmetrics if "openmetrics" in content_type else parse_text
    return {
        (sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))): sample.value
        for family in parse(body.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text; version=1.0.0", ""])
def test_the_figures_of_a_day_are_exposed(accept: str) -> None:
    seen = samples(accept)
    assert seen["ivrcore_queue_contacts_answered_total", "queue=loans"] == 2
    assert seen["ivrcore_queue_contacts_left_total", "queue=loans", "reason=timed_out"] == 1
    assert seen["ivrcore_queue_contacts_waiting", "queue=loans"] == 1
    assert seen["ivrcore_queue_longest_wait_seconds", "queue=loans"] == 220.0 - 193.0
    assert seen["ivrcore_queue_wait_seconds_bucket", "le=25.0", "outcome=answered", "queue=loans"] == 1
    assert seen["ivrcore_queue_wait_seconds_bucket", "le=+Inf", "outcome=answered", "queue=loans"] == 2
    assert seen["ivrcore_queue_wait_seconds_sum", "outcome=answered", "queue=loans"] == 48.0
    assert seen["ivrcore_menu_choices_total", "by=speech", "choice=loan", "dialplan=bank", "menu=main"] == 1
    assert seen["ivrcore_speech_decision_seconds_count", "engine=vosk"] == 2
    assert seen["ivrcore_agents", "state=talking"] == 1
    assert seen["ivrcore_agents", "state=resting"] == 1
    assert seen["ivrcore_queue_agents", "queue=cards", "state=talking"] == 1
    assert seen["ivrcore_agent_state_seconds_total", "agent=ann", "state=talking"] == 30 + 55
    assert seen["ivrcore_contacts_closed_total", "outcome=left_in_menu"] == 1
    assert seen["ivrcore_link_up", "driver=ari"] == 1
    assert seen["ivrcore_build_info", "version=0.1.0"] == 1
    assert seen["ivrcore_journal_backlog_rows",] == 3
    assert seen["ivrcore_journal_commit_seconds_count",] == 1
    assert seen["ivrcore_loop_lag_seconds",] == 0.25
    assert ("process_resident_memory_bytes",) in seen


def test_a_queue_that_saw_nobody_is_there_with_zeros() -> None:
    seen = samples()
    assert seen["ivrcore_queue_contacts_entered_total", "queue=cards"] == 0
    assert seen["ivrcore_queue_contacts_waiting", "queue=cards"] == 0
    assert seen["ivrcore_queue_longest_wait_seconds", "queue=cards"] == 0
    assert seen["ivrcore_queue_contacts_left_total", "queue=cards", "reason=by_key"] == 0
    assert seen["ivrcore_queue_offers_ended_total", "how=no_answer", "queue=cards"] == 0
    assert seen["ivrcore_queue_wait_seconds_count", "outcome=abandoned", "queue=cards"] == 0
    assert seen["ivrcore_queue_agents", "queue=cards", "state=ready"] == 0


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
def test_given_many_queues_then_the_pieces_make_the_same_text_as_the_whole(accept: str) -> None:
    queues = tuple(QueueFacts(name=f"q{n}") for n in range(60))
    figures = fold([Record(1, RosterLoaded(at=1.0, queues=queues, agents=()))])
    collector = FiguresCollector(figures, lambda: 5.0)
    registry = CollectorRegistry()
    registry.register(collector)
    whole = choose_encoder(accept)[0](registry).decode().removesuffix("# EOF\n")
    content_type, pieces = Exposition(collector).pieces(accept)
    parts = list(pieces)
    assert len(parts) > 10
    assert b"".join(parts).decode().startswith(whole)
    assert parts[-1].endswith(b"# EOF\n") == ("openmetrics" in content_type)


def test_given_events_while_a_scrape_is_sent_then_it_stays_that_of_its_moment() -> None:
    figures = fold(stories.records(stories.a_day()))
    _, pieces = Exposition(FiguresCollector(figures, lambda: 220.0)).pieces("")
    apply(figures, Record(figures.seq + 1, stories.arrived("c8", 220.0)))
    first = next(pieces)
    apply(figures, Record(figures.seq + 1, stories.arrived("c9", 220.0)))
    body = b"".join([first, *pieces])
    assert b"ivrcore_contacts_offered_total 6.0" in body
    assert b"ivrcore_contacts_in_progress 2.0" in body


def test_no_label_carries_an_id() -> None:
    labels = {label for metric in METRICS for label in metric.labels}
    assert not labels & {"contact", "call", "caller", "channel", "visit", "offer", "leg", "subject"}
    assert not [key for key in samples() if "=c1" in " ".join(key)]


def test_names_follow_prometheus_and_are_unique() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))
    for metric in METRICS:
        assert metric.name.startswith("ivrcore_")
        assert not metric.name.endswith(("_total", "_bucket", "_count", "_sum"))
        if metric.kind == "histogram":
            assert metric.name.endswith(("_seconds", "_ratio"))


def test_the_table_in_the_documentation_is_that_of_the_code() -> None:
    assert markdown() in DOCS.read_text(), "run: python -m ivrcore.metrics.catalogue docs/metrics.md"


def test_given_a_late_timer_then_the_worst_lag_is_shown_until_it_is_old() -> None:
    clock = Clock()
    lag = LoopLag(clock)
    lag.start()
    clock.advance(0.5)
    assert lag.worst() == 0.0
    clock.advance(0.9)
    assert lag.worst() == pytest.approx(0.4)
    for _ in range(40):
        clock.advance(0.1)
    assert lag.worst() == pytest.approx(0.4)
    for _ in range(200):
        clock.advance(0.1)
    assert lag.worst() == pytest.approx(0.0)
    lag.stop()
    lag.stop()
    assert clock.getDelayedCalls() == []


def test_an_edge_added_later_keeps_the_counts() -> None:
    histogram = Histogram(edges=(1.0, 10.0))
    for size in (0.5, 5.0, 50.0):
        histogram.observe(size)
    histogram.add_edge(7.0)
    histogram.add_edge(7.0)
    histogram.observe(7.0)
    assert histogram.cumulative() == [("1.0", 1), ("7.0", 2), ("10.0", 3), ("+Inf", 4)]
    assert histogram.total == 62.5


def test_an_edge_added_later_keeps_the_exemplars_of_the_other_buckets() -> None:
    histogram = Histogram(edges=(1.0, 10.0))
    for size in (0.5, 5.0, 50.0):
        histogram.observe(size, f"c{size}", 7.0)
    histogram.add_edge(7.0)
    assert {bucket: one.contact for bucket, one in histogram.exemplars.items()} == {0: "c0.5", 3: "c50.0"}


def test_every_counter_with_an_exemplar_is_there_with_these_labels() -> None:
    known = {metric.name: metric for metric in METRICS}
    for counter in COUNTERS.values():
        metric = known[counter.metric]
        assert metric.kind == "counter"
        assert len(metric.labels) == len(counter.labels) + 2 * counter.menu


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text"])
def test_contacts_are_exemplars_of_openmetrics_alone(accept: str) -> None:
    body = exposition().render(accept)[0].decode()
    shown = dict(line.split(" # ") for line in body.splitlines() if " # " in line)
    if not accept:
        assert shown == {}
        return
    assert shown['ivrcore_queue_contacts_abandoned_total{queue="loans"} 1.0'] == '{contact="c3"} 1.0 127.0'
    waits = 'ivrcore_queue_wait_seconds_bucket{le="5.0",outcome="answered",queue="loans"} 1.0'
    assert shown[waits] == '{contact="c1"} 5.0 120.0'
    menu = 'ivrcore_menu_no_match_total{dialplan="bank",menu="main"} 1.0'
    assert shown[menu] == '{contact="c1"} 1.0 112.0'
    wrap_up = 'ivrcore_queue_wrap_up_seconds_bucket{le="10.0",queue="loans"} 1.0'
    assert shown[wrap_up] == '{contact="c1"} 10.0 160.0'
    assert shown['ivrcore_contacts_closed_total{outcome="left_in_menu"} 1.0'] == '{contact="c6"} 1.0 206.0'


def test_an_id_that_openmetrics_has_no_room_for_is_not_shown() -> None:
    told = [stories.arrived(name, 1.0) for name in ("c" * MOST_ID, "d" * (MOST_ID + 1))]
    told += [stories.queued(name, 2.0) for name in ("c" * MOST_ID, "d" * (MOST_ID + 1))]
    figures = fold(stories.records(told))
    body = (
        Exposition(FiguresCollector(figures, lambda: 3.0)).render("application/openmetrics-text")[0].decode()
    )
    list(parse_openmetrics(body))
    assert f'# {{contact="{"c" * MOST_ID}"}}' in body
    assert "ddd" not in body


def test_what_alerts_on_a_first_refusal_is_there_at_0_from_the_start() -> None:
    switches = Switches(
        None, AgiSwitch(AgiConfig(secret="a secret that is long", sessions=7), Clock()), Clock()
    )
    collector = FiguresCollector(fold([]), lambda: 1.0, agi=partial(agi_now, switches))
    body = Exposition(collector).render("")[0].decode().splitlines()
    for reason in REFUSALS:
        assert f'ivrcore_agi_refused_total{{reason="{reason}"}} 0.0' in body
    for how in ENDS:
        assert f'ivrcore_agi_ended_total{{how="{how}"}} 0.0' in body
    for refusal in Refusal:
        assert f'ivrcore_aeap_refused_total{{reason="{refusal.value}"}} 0.0' in body
    assert "ivrcore_agi_sessions_limit 7.0" in body
    without = Exposition(FiguresCollector(fold([]), lambda: 1.0)).render("")[0].decode()
    assert "\nivrcore_agi_" not in without
