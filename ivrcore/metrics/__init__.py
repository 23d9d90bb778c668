"""Figures of queues and agents: a fold of the journal, and its page for Prometheus."""
