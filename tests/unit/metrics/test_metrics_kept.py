"""What is kept of failed turns, in the figures: counted from the journal, held as it is now."""

from __future__ import annotations

from ivrcore.kept.model import Held
from ivrcore.metrics.catalogue import METRICS
from ivrcore.metrics.figures import Figures, load
from ivrcore.metrics.fold import fold
from ivrcore.metrics.rows import SpeechNow, Value, View
from ivrcore.model import events as e
from ivrcore.model.kept_names import KeptAccess, KeptErasure, KeptFor, NotKept
from tests.unit.metrics import metrics_stories as stories


def kept(outcome: KeptFor) -> e.UtteranceKept:
    return e.UtteranceKept(
        at=1.0,
        contact="c",
        utterance="u",
        plan="bank",
        menu="main",
        engine="vosk",
        outcome=outcome,
        seconds=1.0,
    )


def rows(figures: Figures, held: Held, now: float = 100.0) -> dict[tuple[str, ...], Value]:
    view = View(figures, now, {}, speech=SpeechNow(kept=held))
    return {
        (metric.name, *labels): value
        for metric in METRICS
        if "kept" in metric.name
        for labels, value in metric.read(view)
    }


def test_what_was_kept_dropped_deleted_and_looked_at_is_counted() -> None:
    happened = [
        kept(KeptFor.NO_MATCH),
        kept(KeptFor.NO_MATCH),
        kept(KeptFor.DENIED),
        e.UtteranceNotKept(at=1.0, contact="c", plan="bank", menu="main", why=NotKept.BUSY),
        e.KeptErased(at=2.0, why=KeptErasure.AGE, count=2),
        e.KeptErased(at=2.0, why=KeptErasure.ASKED, count=1, by="kim", utterance="u"),
        e.KeptAccessed(at=2.0, what=KeptAccess.HEARD, by="kim", utterance="u"),
    ]
    figures = fold(stories.records(happened))
    figures = load(figures.dump())  # over a restart
    found = rows(figures, Held(2, 3000, 40.0))
    assert found["ivrcore_utterances_kept", "no_match"] == 2
    assert found["ivrcore_utterances_kept", "denied"] == 1
    assert found["ivrcore_utterances_kept", "gave_up"] == 0
    assert found["ivrcore_utterances_not_kept", "busy"] == 1
    assert found["ivrcore_kept_utterances_erased", "age"] == 2
    assert found["ivrcore_kept_utterances_erased", "asked"] == 1
    assert found["ivrcore_kept_utterances_accesses", "heard"] == 1
    assert found["ivrcore_kept_utterances_held",] == 2
    assert found["ivrcore_kept_bytes",] == 3000
    assert found["ivrcore_kept_oldest_age_seconds",] == 60.0


def test_where_nothing_is_kept_the_gauges_are_nought() -> None:
    found = rows(Figures(), Held())
    assert found["ivrcore_kept_utterances_held",] == 0
    assert found["ivrcore_kept_oldest_age_seconds",] == 0.0
