"""Asterisk's queues.conf (and queuerules.conf beside it) into the queues and agents of a configuration."""
