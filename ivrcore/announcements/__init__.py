"""Announcements and the emergency switch: what callers hear beside the versioned dialplan.

Pure are `board` (the fold), `drafts`, `faults` (what is wrong with them), `changes` (their events), and
`parse`; `folder` and `site` read files, `live` runs it all in a server.
"""
