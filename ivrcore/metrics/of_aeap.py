"""The metrics of recognitions that Asterisk's own dialplans ask for (AEAP), since the start."""

from __future__ import annotations

from collections.abc import Iterator

from ivrcore.metrics.metric import Metric
from ivrcore.metrics.rows import Row, View, one
from ivrcore.telephony.aeap.figures import Outcome, Refusal


def _outcomes(view: View) -> Iterator[Row]:
    for outcome in Outcome:
        yield (outcome.value,), view.speech.aeap.outcomes[outcome]


def _refused(view: View) -> Iterator[Row]:
    for why in Refusal:  # at 0 too: an alert on the first one needs what was before
        yield (why.value,), view.speech.aeap.refused[why]


AEAP = (
    Metric(
        "ivrcore_aeap_connections",
        "gauge",
        (),
        "Connections of Asterisk's speech applications.",
        one(lambda view: view.speech.aeap.connections),
    ),
    Metric(
        "ivrcore_aeap_connections_limit",
        "gauge",
        (),
        "How many are taken at once; 0 without a section `aeap`.",
        one(lambda view: view.speech.aeap.most),
    ),
    Metric(
        "ivrcore_aeap_connections_taken",
        "counter",
        (),
        "Connections taken since the start.",
        one(lambda view: view.speech.aeap.taken),
    ),
    Metric(
        "ivrcore_aeap_refused",
        "counter",
        ("reason",),
        "Refused, or ended by us: `address`, `token`, `full`, `codec`, `messages`, `flood` or `silent`.",
        _refused,
    ),
    Metric(
        "ivrcore_aeap_listening",
        "gauge",
        (),
        "Recognitions that go on.",
        one(lambda view: view.speech.aeap.recognitions),
    ),
    Metric(
        "ivrcore_aeap_recognitions",
        "counter",
        ("outcome",),
        "Recognitions that ended, by outcome; `left`: the dialplan stopped listening.",
        _outcomes,
    ),
    Metric(
        "ivrcore_aeap_audio_seconds",
        "counter",
        (),
        "Audio that came.",
        one(lambda view: view.speech.aeap.audio),
    ),
    Metric(
        "ivrcore_aeap_bad_messages",
        "counter",
        (),
        "Messages that could not be read, or came before a setup.",
        one(lambda view: view.speech.aeap.bad_messages),
    ),
)
