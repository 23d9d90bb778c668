"""The metrics of the journal's file: its size, how much of it is packed, whether old personal values go."""

from __future__ import annotations

from ivrcore.watch import Family

COMPACTION = (
    Family("ivrcore_journal_bytes", "gauge", (), "The journal's file, with what is not copied into it yet."),
    Family("ivrcore_journal_free_bytes", "gauge", (), "Of these, free for new records."),
    Family("ivrcore_journal_packed_records", "gauge", (), "Old records that are packed."),
    Family("ivrcore_journal_packed_bytes", "gauge", (), "What those take."),
    Family(
        "ivrcore_journal_compaction_healthy",
        "gauge",
        (),
        "0 from a compaction that failed to the next good one.",
    ),
    Family(
        "ivrcore_journal_forgetting_healthy",
        "gauge",
        (),
        "0 from a removal of old personal values that failed to the next good one.",
    ),
)
"""Without rows; :class:`ivrcore.service.compaction.LiveCompaction` has those."""
