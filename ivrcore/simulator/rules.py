"""The rules that scenarios and forecasts must keep, beyond those of their values' kinds."""

from ivrcore.problems import Rule, Severity

NO_SCENARIO = Rule("SIM001", "a scenario or forecast is not there or cannot be read")
NO_SITE = Rule("SIM002", "a site that a scenario names has no configuration")
NO_JOURNAL = Rule("SIM003", "a journal is wanted and there is none, or it has no callers then")
BAD_CLOCK = Rule("SIM101", "a time of day or a span of it is not written as `09:00` or `09:00-17:30`")
BAD_DURATION = Rule("SIM102", "how long something takes is no duration and no distribution")
UNKNOWN_QUEUE = Rule("SIM103", "traffic for a queue that is not there")
NO_TRAFFIC = Rule("SIM104", "nobody calls: no queue has traffic")
NO_AGENTS = Rule("SIM105", "there is no agent")
LEFT_OUT = Rule("SIM106", "callers of a replayed journal are left out", Severity.WARNING)
BAD_ROW = Rule("SIM201", "a row of a forecast cannot be read")
BEYOND = Rule("SIM202", "a row of a forecast has more than can be computed")
RULES = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
"""All of them, by code."""
