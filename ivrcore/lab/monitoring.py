"""`python -m ivrcore.lab monitoring`: the demo, and all that watches it, in one go.

Prometheus with the rules and alerts of monitoring/, an Alertmanager that shows what fires, the wallboard, and
a canary that calls the hotline every minute.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ivrcore.lab import demo
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.monitors import MONITORING, monitors

CANARY = '{number: "5000"}'


def main(arguments: Sequence[str]) -> int:
    """Run it until Ctrl-C, or as the demo's options say."""
    return demo.run(arguments, {"canary": CANARY}, _watched, "monitoring")


@contextmanager
def _watched(lab: HotlineLab) -> Iterator[str]:
    with monitors(lab.folder / "monitoring", lab.url, lab.token) as found:
        yield (
            f"  wallboard    {lab.url}/wallboard\n"
            f"  Prometheus   {found.prometheus}/graph   alerts: {found.prometheus}/alerts\n"
            f"  Alertmanager {found.alertmanager}\n"
            f"  Grafana      dashboards in {MONITORING / 'dashboards'}, see docs/dashboards.md\n"
        )
