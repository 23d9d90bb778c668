"""The board of agents: what they do, how much of their time is work, what their phones dial."""

from __future__ import annotations

from ivrcore.dashboards.model import Board, Choice, Panel, Query, Row, in_an_hour, share

_A = 'agent=~"$agent"'
_WORK = 'state=~"talking|wrap_up"'
_STAFFED = 'state=~"talking|wrap_up|ready"'


def _time(by: str, where: str) -> str:
    return in_an_hour("ivrcore_agent_state_seconds_total", by, where)


_CONTACTS = in_an_hour("ivrcore_agent_contacts_total", "agent", _A)
_OCCUPANCY = share(_time("agent", f"{_A}, {_WORK}"), _time("agent", f"{_A}, {_STAFFED}"))


def _state(name: str, title: str, says: str) -> Panel:
    return Panel(title, says, (Query(f'sum(ivrcore_agents{{state="{name}"}})'),), "number", width=4)


_NOW = Row(
    "Now",
    (
        _state("ready", "Ready", "They would be offered a caller at once."),
        _state("offered", "Rung", "Their phones ring."),
        _state("talking", "Talking", "They talk with a caller of a queue."),
        _state("wrap_up", "Wrap-up", "They finish the work on a contact."),
        _state("paused", "Paused", "They take no calls for now."),
        _state("unreachable", "Unreachable", "They are ready, but their phones cannot be reached."),
        Panel(
            "Agents, by state",
            "All agents; each is in one state.",
            (Query("sum by (state) (ivrcore_agents)", "{{state}}"),),
            "stacked",
            width=24,
        ),
    ),
)

_EACH = Row(
    "Each agent, last hour",
    (
        Panel(
            "Agents",
            "Contacts answered, seconds in each kind of work, and occupancy.",
            (
                Query(_CONTACTS, "contacts"),
                Query(_time("agent", f'{_A}, state="talking"'), "talking, s"),
                Query(_time("agent", f'{_A}, state="wrap_up"'), "wrap-up, s"),
                Query(_time("agent", f'{_A}, state="ready"'), "ready, s"),
                Query(_time("agent", f'{_A}, state="paused"'), "paused, s"),
                Query(_OCCUPANCY, "occupancy"),
            ),
            "table",
            width=24,
        ),
        Panel(
            "Occupancy",
            "(talking + wrap-up) / (talking + wrap-up + ready); ringing is not ready.",
            (Query(_OCCUPANCY, "{{agent}}"),),
            unit="percentunit",
        ),
        Panel("Contacts answered", "By agent, in an hour.", (Query(_CONTACTS, "{{agent}}"),)),
        Panel(
            "Handling time",
            "Seconds of talk and wrap-up per contact answered.",
            (Query(share(_time("agent", f"{_A}, {_WORK}"), _CONTACTS), "{{agent}}"),),
            unit="s",
        ),
    ),
)

_ALL = Row(
    "All together",
    (
        Panel(
            "Occupancy of all, 1 h",
            "Over the chosen agents' time together.",
            (Query(share(_time("", f"{_A}, {_WORK}"), _time("", f"{_A}, {_STAFFED}")), "occupancy"),),
            unit="percentunit",
        ),
        Panel(
            "Where the time goes",
            "Agents in each state, on average over the interval shown.",
            (
                Query(
                    f"sum by (state) (rate(ivrcore_agent_state_seconds_total{{{_A}}}[$__rate_interval]))",
                    "{{state}}",
                ),
            ),
            "stacked",
        ),
        Panel(
            "Codes that phones dialled, 1 h",
            "By code and what came of it: wrong PINs and codes of nobody's show here.",
            (Query(in_an_hour("ivrcore_agent_codes_used_total", "code, answer"), "{{code}}: {{answer}}"),),
        ),
    ),
)

AGENTS = Board(
    "agents",
    "ivrcore: agents",
    "What agents do now, and where their time goes.",
    (_NOW, _EACH, _ALL),
    (Choice("agent", "ivrcore_agent_contacts_total"),),
)
