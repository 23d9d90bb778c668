"""The metrics of the history database, of a server that keeps it up to date."""

from __future__ import annotations

from ivrcore.watch import Family

HISTORY = (
    Family("ivrcore_history_healthy", "gauge", (), "1 if the last write to the history database went well."),
    Family(
        "ivrcore_history_behind_records",
        "gauge",
        (),
        "Records of the journal that are not in the history database yet; grows while that is away.",
    ),
)
"""Without rows; a server without a live history has none of them."""
