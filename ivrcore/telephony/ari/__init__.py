"""Asterisk's REST interface: one socket for events and requests."""
