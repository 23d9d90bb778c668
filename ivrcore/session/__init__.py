"""Calls in progress: a caller's session, the delivery of a contact to an agent."""
