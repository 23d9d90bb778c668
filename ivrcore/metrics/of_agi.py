"""The metrics of callers and requests that Asterisk's own dialplans hand over by FastAGI, since the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ivrcore.metrics.metric import Metric
from ivrcore.metrics.rows import AgiNow, Row, View


def _now(value: Callable[[AgiNow], float]) -> Callable[[View], Iterator[Row]]:
    """Read one value, where there is a section `fastagi`."""

    def read(view: View) -> Iterator[Row]:
        if view.agi is not None:
            yield (), value(view.agi)

    return read


def _refused(view: View) -> Iterator[Row]:
    for why, count in view.agi.refused.items() if view.agi is not None else ():
        yield (why,), count


def _ended(view: View) -> Iterator[Row]:
    for how, count in view.agi.ended.items() if view.agi is not None else ():
        yield (how,), count


AGI = (
    Metric(
        "ivrcore_agi_listening",
        "gauge",
        (),
        "1 while Asterisk can connect; these five are there with a section `fastagi` only.",
        _now(lambda agi: float(agi.listening)),
    ),
    Metric("ivrcore_agi_sessions", "gauge", (), "Sessions that are open.", _now(lambda agi: agi.sessions)),
    Metric(
        "ivrcore_agi_sessions_limit",
        "gauge",
        (),
        "How many may be open at once.",
        _now(lambda agi: agi.most),
    ),
    Metric(
        "ivrcore_agi_refused",
        "counter",
        ("reason",),
        "Connections turned away: `address`, `full`, `request` (not to be read), `script` or `secret`.",
        _refused,
    ),
    Metric(
        "ivrcore_agi_ended",
        "counter",
        ("how",),
        "Sessions that are over: the dialplan `went_on` with the call, that was `hung_up`, what Asterisk "
        "said or left unsaid was `broken`, or a `fault` of ours.",
        _ended,
    ),
)
