"""A private Asterisk with callers and agents, for the demo and the tests."""
