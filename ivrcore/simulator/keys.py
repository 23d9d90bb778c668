"""Which keys a scenario has, and what each means: what reading accepts and docs are made of."""

from __future__ import annotations

from ivrcore.dialplan.keys import Key


def _table(*keys: Key) -> dict[str, Key]:
    return {key.name: key for key in keys}


SCENARIO = _table(
    Key(
        "site", "folder", "", "queues and agents of its configuration, its plugins and its journal are taken"
    ),
    Key("queues", "name: as in configuration", "the site's", "what is said here is put over the site's"),
    Key("agents", "name: see below", "the site's", "likewise; an empty one is left out"),
    Key("traffic", "queue: see below, or `journal`", "needed", "who calls; `journal`: the callers of then"),
    Key("journal", "site's folder or database", "the site's", "where past callers are read"),
    Key("since", "`7d`, `2026-11-22T08:00` (UTC)", "all", "past callers from then on"),
    Key("until", "likewise", "now", "past callers before then"),
    Key(
        "begins",
        "time of day",
        "`00:00`",
        "when the simulation begins; with `journal`, first caller or `since`",
    ),
    Key("length", "duration", "`8h`", "how long it lasts; what waits then is counted as waiting"),
    Key("warm_up", "duration", "`0`", "what begins in this time is not counted"),
    Key("replications", "1 to 10000", "`10`", "how often each variant is run; 1: one run cut into 20 slices"),
    Key("seed", "text", "`1`", "the same seed gives the same figures"),
    Key("variants", "name: queues, agents, traffic", "one", "what is compared: each is put over the rest"),
)

TRAFFIC = _table(
    Key(
        "per_hour",
        "number, or time of day: number",
        "needed",
        "arrivals (Poisson), every day the same; a rate holds until the next, over midnight too",
    ),
    Key("handling", "distribution, or `journal`", "needed", "how long a conversation takes, without wrap-up"),
    Key(
        "patience", "distribution, `never`, `journal`", "`never`", "how long a caller waits before hanging up"
    ),
    Key("priority", "-1000 to 1000", "`0`", "of each caller"),
    Key("skills", "skill: level, or a list", "", "what callers ask for beside the queue's own"),
    Key("call_back", "see below", "nobody", "who asks to be called back instead of waiting on"),
)

CALL_BACK = _table(
    Key("after", "duration", "`1m`", "who has waited for so long is offered it"),
    Key("accepts", "0 to 1", "`1`", "the part of them who take it, and leave the queue with their place"),
    Key("patience", "distribution, `never`", "`never`", "so long after the asking they answer their phone"),
    Key("answer", "distribution", "`5s`", "how long until they do"),
    Key("misses", "0 to 1", "`0`", "the part of the calls that is not answered"),
    Key("tries", "1 to 20", "`3`", "how often a customer is rung"),
    Key("gap", "duration", "`5m`", "between tries"),
    Key("ring", "duration", "`30s`", "how long it rings, while an agent waits"),
    Key("longest_wait", "duration", "`4h`", "a call-back that is older is given up"),
)

AGENT = _table(
    Key("…", "as in configuration", "", "`endpoint` may be left out"),
    Key("count", "0 to 10000", "", "so many alike, called NAME-1, NAME-2, …"),
    Key(
        "shift",
        "`09:00-17:30`, or a list",
        "always",
        "when at work, every day, `22:00-06:00` until the next; with `traffic: journal`, as then",
    ),
    Key("pauses", "`12:00-12:30`, or a list", "none", "when not, every day"),
    Key("answer", "distribution", "`0s`", "how long until the phone is picked up"),
    Key("misses", "0 to 1", "`0`", "the part of offers that is not answered"),
)
OWN_OF_AGENT = tuple(name for name in AGENT if name != "…")

SECTIONS = {"scenario": SCENARIO, "traffic": TRAFFIC, "call_back": CALL_BACK, "agents": AGENT}
"""The tables of the documentation."""
