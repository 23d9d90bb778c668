"""Dialplans: what an admin writes, its check, and the pure interpreter that runs a call through it."""
