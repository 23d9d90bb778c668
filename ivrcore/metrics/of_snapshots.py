"""The metrics of the journal's snapshots, from which a start begins."""

from __future__ import annotations

from ivrcore.watch import Family

SNAPSHOTS = (
    Family(
        "ivrcore_journal_snapshot_healthy", "gauge", (), "0 from a snapshot that failed to the next good one."
    ),
    Family(
        "ivrcore_journal_snapshot_time_seconds",
        "gauge",
        (),
        "When the last good one was made, UTC seconds; 0 as long as there is none.",
    ),
    Family(
        "ivrcore_journal_snapshot_behind_records",
        "gauge",
        (),
        "Records since, which a start would have to read.",
    ),
)
"""Without rows; :class:`ivrcore.service.snapshots.LiveSnapshots` has those."""
