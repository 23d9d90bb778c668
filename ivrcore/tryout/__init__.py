"""Dialplans tried without a phone: a trial call, call tests with coverage, and their reports.

The interpreter that serves live calls runs here too, under a virtual clock; nothing goes to a network.
"""
