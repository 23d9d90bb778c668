"""Every rule that a call test can break, with its stable code; the reference's table is made from this."""

from ivrcore.problems import Rule

UNKNOWN_LINE = Rule("CT101", "a line of a call test does or expects something that there is not")
NOT_ONE_LINE = Rule("CT102", "a line of a call test must do or expect exactly one thing")
NO_TESTS = Rule("CT103", "a file of call tests has no test, or a test no lines")
BAD_TIME = Rule("CT104", "a time is not written as `2026-12-24 10:00`")
NAME_TWICE = Rule("CT105", "two tests of a file have the same name")
BAD_ANSWER = Rule("CT106", "what a service is to answer is neither fields nor one of its words")

UNKNOWN_NUMBER = Rule("CT201", "a number is called that no dialplan has")
UNKNOWN_MENU = Rule("CT202", "a menu is expected that the dialplan does not have")
UNKNOWN_VARIABLE = Rule("CT203", "a variable is named that the dialplan does not have")
UNKNOWN_QUEUE = Rule("CT204", "a queue is named that the dialplan never uses")
UNKNOWN_METRIC = Rule("CT205", "a metric or one of its labels is not known")
UNKNOWN_LANGUAGE = Rule("CT206", "a language is named that the dialplan does not have")

UNMET = Rule("CT301", "what a call test expects did not come")
IMPOSSIBLE = Rule("CT302", "the caller of a call test could not do what it is to do")
BROKEN = Rule("CT303", "a step failed in a call test, or the dialplan could not go on")
COVERED_TOO_LITTLE = Rule("CT304", "the call tests take fewer of the choices and branches than wanted")

RULES = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
"""All of them, by code."""
