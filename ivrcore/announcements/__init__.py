"""Announcements and the emergency switch: what callers hear beside the versioned dialplan.

Pure are `board` (the fold), `drafts`, `faults` (what is wrong with them), `changes` (their events), `parse`
and `wording`; `folder` reads files, `live` runs it all in a server.
"""
