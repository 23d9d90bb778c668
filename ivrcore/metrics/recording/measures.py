"""The measures of a hotline, and the levels at which they are recorded. Pure.

Whose definition a variant is stands in its meaning; docs/metrics.md shows all of them.
"""

from __future__ import annotations

from ivrcore.metrics.recording.measure import BURN, LONG, Count, Level, Measure, Rule, table

VISITS = "ivrcore_queue_contacts"
WAIT = 'ivrcore_queue_wait_seconds_{}{{outcome="answered"}}'
ENDED = "ivrcore_queue_offers_ended"
MISSED = "no_answer|rejected|unreachable|unconfirmed|agent_hung_up"
SECONDS = "ivrcore_agent_state_seconds_total"
WORK, STAFFED = "talking|wrap_up", "paused|ready|offered|talking|wrap_up|resting|off_queue|unreachable"


def _total(symbol: str, name: str, meaning: str) -> Count:
    return Count(symbol, f"{name}_total", name, meaning)


QUEUE_COUNTS = table(
    (
        _total("N", f"{VISITS}_entered", "visits begun"),
        _total("A", f"{VISITS}_answered", "answered"),
        _total("A_T", f"{VISITS}_answered_in_threshold", "answered within the threshold"),
        _total("B", f"{VISITS}_abandoned", "abandoned"),
        _total("B_T", f"{VISITS}_abandoned_in_threshold", "abandoned within the threshold"),
        _total("B_s", f"{VISITS}_abandoned_short", "short abandons"),
        _total("X", f"{VISITS}_left", "left otherwise"),
        _total("X_late", f"{VISITS}_left_past_threshold", "left otherwise after the threshold"),
        Count(
            "W_late",
            f"{VISITS}_waiting_past_threshold",
            f"{VISITS}_waiting_past_threshold",
            "by how many more wait past the threshold than at the window's beginning",
            gauge=True,
        ),
        _total("J", "ivrcore_queue_joins_refused", "contacts not let in"),
        Count("Wait", WAIT.format("sum"), "ivrcore_queue_wait_answered_seconds", "waits of the answered"),
        Count("Talk", "ivrcore_queue_talk_seconds_sum", "ivrcore_queue_talk_seconds", "talk, holds included"),
        Count("Hold", "ivrcore_queue_hold_seconds_sum", "ivrcore_queue_hold_seconds", "holds"),
        Count("Wrap", "ivrcore_queue_wrap_up_seconds_sum", "ivrcore_queue_wrap_up_seconds", "wrap-up"),
        Count(
            "H", "ivrcore_queue_talk_seconds_count", "ivrcore_queue_contacts_handled", "conversations over"
        ),
        _total("S", "ivrcore_queue_contacts_sent_on", "conversations that the agent sent on"),
        _total("O", "ivrcore_queue_offers_made", "offers made"),
        _total("O_a", "ivrcore_queue_offers_accepted", "offers accepted"),
        Count("O_t", f'{ENDED}_total{{how="taken"}}', f"{ENDED}_taken", "offers that another agent took"),
        Count("O_n", f'{ENDED}_total{{how="no_answer"}}', f"{ENDED}_no_answer", "offers not answered"),
        Count("O_m", f'{ENDED}_total{{how=~"{MISSED}"}}', f"{ENDED}_missed", "offers that the agent missed"),
        _total("K", "ivrcore_queue_contacts_known", "contacts of known callers"),
        _total("K_r", "ivrcore_queue_contacts_repeated", "of these, of callers served shortly before"),
        Count(
            "E",
            "ivrcore_queue_expected_wait_error_seconds_sum",
            "ivrcore_queue_expected_wait_error_seconds",
            "errors of expected waits",
        ),
        Count(
            "E_n",
            "ivrcore_queue_expected_wait_error_seconds_count",
            "ivrcore_queue_expected_waits",
            "waits that had been estimated",
        ),
    )
)

EVENT = "A + B + X_late + W_late"
"""Calls with a service-level event: answered, abandoned, or past the threshold, whichever came first."""

QUEUE_MEASURES = (
    Measure("service_level", "ratio", "A_T", "A + B", "Service level, of answered and abandoned.", BURN),
    Measure("service_level_of_answered", "ratio", "A_T", "A", "app_queue's first."),
    Measure("service_level_abandons_positive", "ratio", "A_T + B_T", "A + B", "app_queue's second."),
    Measure(
        "service_level_without_short_abandons",
        "ratio",
        "A_T",
        "A + B - B_s",
        "Genesys, short abandons dropped.",
    ),
    Measure("service_level_with_flow_outs", "ratio", "A_T", "A + B + X", "Genesys, flow-outs counted."),
    Measure(
        "service_level_with_flow_outs_without_short_abandons",
        "ratio",
        "A_T",
        "A + B - B_s + X",
        "Genesys, flow-outs counted, short abandons dropped.",
    ),
    Measure(
        "service_level_event_abandons_ignored",
        "ratio",
        "A_T",
        f"{EVENT} - B_T",
        "Cisco, of calls with a service-level event, abandons within the threshold ignored.",
    ),
    Measure(
        "service_level_event_abandons_negative", "ratio", "A_T", EVENT, "Cisco, these abandons are failures."
    ),
    Measure(
        "service_level_event_abandons_positive",
        "ratio",
        "A_T + B_T",
        EVENT,
        "Cisco, these abandons are successes.",
    ),
    Measure("connect_rate", "ratio", "A", "N", "Connect rate."),
    Measure("abandon_rate", "ratio", "B", "N", "Abandon rate, short abandons included.", BURN),
    Measure("abandon_rate_short", "ratio", "B_s", "N", "Short abandons apart."),
    Measure("abandon_rate_without_short", "ratio", "B - B_s", "N", "Abandons that were not short."),
    Measure("flow_out_rate", "ratio", "X", "N", "Visits that ended otherwise."),
    Measure("join_refusal_rate", "ratio", "J", "N + J", "Contacts that the queue did not let in."),
    Measure("answer_speed", "mean", "Wait", "A", "ASA: mean wait of the answered, in the queue, seconds."),
    Measure("handling_time", "mean", "Talk + Wrap", "H", "AHT: talk (with holds) and wrap-up, seconds."),
    Measure("talk_time", "mean", "Talk", "H", "Talk, holds included, seconds."),
    Measure("hold_time", "mean", "Hold", "H", "Hold by conversation, seconds."),
    Measure("wrap_up_time", "mean", "Wrap", "H", "Wrap-up by conversation, seconds."),
    Measure("offer_answer_rate", "ratio", "O_a", "O", "Offers that the agent answered."),
    Measure(
        "offer_answer_rate_without_taken",
        "ratio",
        "O_a",
        "O - O_t",
        "The same without those that another agent took while several phones rang.",
    ),
    Measure("offer_no_answer_rate", "ratio", "O_n", "O", "RONA: offers that rang out."),
    Measure("offer_missed_rate", "ratio", "O_m", "O", "Offers that rang out, were rejected or failed."),
    Measure("transfer_rate", "ratio", "S", "H", "Conversations that the agent sent on to somebody else."),
    Measure(
        "first_contact_resolution",
        "ratio",
        "K - K_r",
        "K",
        "FCR by repeat: known callers who had not talked with an agent within seven days before.",
    ),
    Measure("expected_wait_error", "mean", "E", "E_n", "How far expected waits were off, seconds."),
)


def _seconds(symbol: str, states: str, name: str, meaning: str) -> Count:
    return Count(symbol, f'{SECONDS}{{state=~"{states}"}}', f"ivrcore_agent_{name}_seconds", meaning)


AGENT_COUNTS = table(
    (
        _seconds("Busy", WORK, "work", "talk, hold and wrap-up of agents"),
        _seconds("Ready", "ready", "ready", "agents ready; ringing is not"),
        _seconds("Staffed", STAFFED, "staffed", "agents logged in"),
    )
)
AGENT_MEASURES = (
    Measure("agent_occupancy", "ratio", "Busy", "Busy + Ready", "Occupancy: of work and readiness."),
    Measure("agent_utilisation", "ratio", "Busy", "Staffed", "Utilisation: of the time logged in."),
)

SERVICE = 'ivrcore_service_{}_total{{service="transfer"{}}}'
HOTLINE_COUNTS = table(
    (
        *AGENT_COUNTS.values(),
        _total("F", "ivrcore_contacts_offered", "contacts whose call rang"),
        Count(
            "F_s",
            'ivrcore_contacts_closed_total{outcome="self_served"}',
            "ivrcore_contacts_self_served",
            "finished in self-service",
        ),
        Count("Tr", SERVICE.format("asked", ""), "ivrcore_transfers_asked", "transfers"),
        Count(
            "Tr_d",
            SERVICE.format("answered", ', how="done"'),
            "ivrcore_transfers_done",
            "transfers that the target took",
        ),
    )
)
HOTLINE_MEASURES = (
    *AGENT_MEASURES,
    Measure("diversion_rate", "ratio", "F_s", "F", "Finished in self-service."),
    Measure("transfer_success_rate", "ratio", "Tr_d", "Tr", "Transfers of dialplans that the target took."),
)

MENU = "ivrcore_menu"
MENU_COUNTS = table(
    (
        _total("M", f"{MENU}_entered", "callers who came to the menu"),
        _total("M_c", f"{MENU}_choices", "choices"),
        _total("M_i", f"{MENU}_no_input", "turns without input"),
        _total("M_m", f"{MENU}_no_match", "turns without a match"),
        _total("M_g", f"{MENU}_gave_up", "callers for whom the menu took its default"),
    )
)
MENU_MEASURES = (
    Measure("menu_choice_rate", "ratio", "M_c", "M", "Callers who chose."),
    Measure("menu_give_up_rate", "ratio", "M_g", "M", "Callers for whom the menu took its default."),
    Measure("menu_no_input_rate", "ratio", "M_i", "M", "Turns without input by caller; may be over 1."),
    Measure("menu_no_match_rate", "ratio", "M_m", "M", "Turns without a match by caller; may be over 1."),
)

HEARD = "ivrcore_speech_utterances"
DECISION = "ivrcore_speech_decision_seconds"
SPEECH_COUNTS = table(
    (
        _total("U", HEARD, "utterances"),
        Count("U_a", f'{HEARD}_total{{verdict="accept"}}', f"{HEARD}_accepted", "taken unasked"),
        Count("U_r", f'{HEARD}_total{{verdict="reject"}}', f"{HEARD}_rejected", "not understood"),
        Count("D", f"{DECISION}_sum", DECISION, "end of speech to decision"),
        Count("D_n", f"{DECISION}_count", "ivrcore_speech_decisions", "decisions"),
    )
)
SPEECH_MEASURES = (
    Measure("speech_accept_rate", "ratio", "U_a", "U", "Utterances taken unasked."),
    Measure("speech_understood_rate", "ratio", "U - U_r", "U", "Utterances taken, or asked about."),
    Measure("speech_decision_time", "mean", "D", "D_n", "From the end of speech to the decision, seconds."),
)

RATED = "ivrcore_dispositions"
CSAT = f'{RATED}_total{{disposition=~"csat_[1-5]"}}'
NPS = f'{RATED}_total{{disposition=~"nps_([0-9]|10)"}}'


def _rated(symbol: str, words: str, name: str, meaning: str, among: str) -> Count:
    series = f'{RATED}_total{{disposition=~"{words}"}}'
    return Count(symbol, series, f"{RATED}_{name}", meaning, among=among)


SURVEY_COUNTS = table(
    (
        Count("R", CSAT, f"{RATED}_rated", "ratings from 1 to 5"),
        _rated("R_s", "csat_[45]", "satisfied", "of these 4 and 5", CSAT),
        Count("P", NPS, f"{RATED}_nps_rated", "ratings from 0 to 10"),
        _rated("P_p", "nps_(9|10)", "promoters", "of these 9, 10", NPS),
        _rated("P_d", "nps_[0-6]", "detractors", "of these 0 to 6", NPS),
    )
)
"""A word that nobody ever said has no series: none of these is none, not unknown."""
SURVEY_MEASURES = (
    Measure("csat", "ratio", "R_s", "R", "CSAT: satisfied of those who rated (dispositions csat_1…csat_5)."),
    Measure("nps", "ratio", "P_p - P_d", "P", "NPS: promoters less detractors (nps_0…nps_10), from -1 to 1."),
)

LEVELS = (
    Level("queue", ("queue",), QUEUE_COUNTS, QUEUE_MEASURES),
    Level("hotline", (), QUEUE_COUNTS, QUEUE_MEASURES, of="queue"),
    Level("hotline", (), HOTLINE_COUNTS, HOTLINE_MEASURES),
    Level("agent", ("agent",), AGENT_COUNTS, AGENT_MEASURES, (LONG,), inline=True),
    Level("menu", ("dialplan", "menu"), MENU_COUNTS, MENU_MEASURES, (LONG,)),
    Level("engine", ("engine",), SPEECH_COUNTS, SPEECH_MEASURES),
    Level("dialplan", ("dialplan",), SURVEY_COUNTS, SURVEY_MEASURES, (LONG, "1d")),
)
"""Every level; one that adds up another stands behind it."""

LONGEST = "ivrcore_queue_longest_wait_seconds"
AGENTS = "ivrcore_queue_agents"
OF_AGENTS = f'sum by (queue) (avg_over_time({AGENTS}{{{{state=~"{{}}"}}}}[{{}}]))'
Q95 = "histogram_quantile(0.95, sum by ({}, le) (increase({}_bucket[{}])))"

NOW = (
    Rule(f"queue:{LONGEST}:max", f"max by (queue) ({LONGEST})", "Longest wait of those who wait."),
    Rule(f"hotline:{LONGEST}:max", f"max({LONGEST})", "Longest wait of those who wait in any queue."),
    Rule(
        f"queue:{AGENTS}_logged_in:sum",
        f'sum by (queue) ({AGENTS}{{state!="logged_out"}})',
        "Agents who serve the queue and are logged in.",
    ),
    Rule(
        "queue:ivrcore_service_level_objective:ratio",
        "max by (queue) (ivrcore_queue_service_level_objective_ratio)",
        "What alerts measure a service level against: `objective` of the queue's configuration.",
    ),
)
"""What is told of this moment."""


def _busy(window: str) -> str:
    busy = OF_AGENTS.format(WORK, window)
    return f"({busy}) / (({OF_AGENTS.format(f'{WORK}|ready', window)}) > 0)"


def sampled(window: str) -> tuple[Rule, ...]:
    """Give what is worked out over a window from gauges and histograms."""
    return (
        Rule(
            f"queue:{LONGEST}:max_{window}",
            f"max by (queue) (max_over_time({LONGEST}[{window}]))",
            "Longest wait seen, whatever became of the caller.",
        ),
        Rule(
            f"hotline:{LONGEST}:max_{window}",
            f"max(queue:{LONGEST}:max_{window})",
            "The same of any queue.",
        ),
        Rule(
            f"queue:ivrcore_agent_occupancy:ratio_{window}",
            _busy(window),
            "Occupancy of the agents who serve the queue, as scrapes saw them; whatever queue they work for.",
        ),
        Rule(
            f"queue:ivrcore_queue_wait_seconds:p95_{window}",
            Q95.format("queue", "ivrcore_queue_wait_seconds", window),
            "Wait that 95 % did not exceed, by whatever end.",
        ),
        Rule(
            f"engine:{DECISION}:p95_{window}",
            Q95.format("engine", DECISION, window),
            "Time to a decision that 95 % did not exceed.",
        ),
    )
