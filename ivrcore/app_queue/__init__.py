"""Watching an app_queue that a site already has: Asterisk's manager events become figures.

Pure: :mod:`.frames` (bytes), :mod:`.messages` (typed), :mod:`.tally` and :mod:`.figures`, :mod:`.fold`,
:mod:`.ledger` (what is known, and how sure), :mod:`.families` (for Prometheus). The rest has sockets and
threads. Must not know of contacts, routing or dialplans of ours: these queues are Asterisk's own.
"""
