"""The metrics of menus, speech, announcements, the emergency switch and dialplans."""

from __future__ import annotations

from ivrcore.metrics.metric import Metric
from ivrcore.metrics.rows import (
    broken_files,
    choices,
    decision_times,
    dialplan_calls,
    dialplan_versions,
    from_figures,
    impatient,
    one,
    per_menu,
    per_pair,
    per_word,
    recogniser_costs,
    recognisers_in_service,
    switches,
    universals,
)

M = ("dialplan", "menu")

CALLERS = (
    Metric(
        "ivrcore_menu_entered", "counter", M, "Callers who came to the menu.", per_menu(lambda m: m.entered)
    ),
    Metric(
        "ivrcore_menu_choices", "counter", (*M, "choice", "by"), "Choices made, by key or speech.", choices
    ),
    Metric(
        "ivrcore_menu_no_input",
        "counter",
        M,
        "Times that nothing was said or pressed in time.",
        per_menu(lambda m: m.no_input),
    ),
    Metric(
        "ivrcore_menu_no_match",
        "counter",
        M,
        "Times that what was said or pressed was no choice.",
        per_menu(lambda m: m.no_match),
    ),
    Metric(
        "ivrcore_menu_gave_up",
        "counter",
        M,
        "Callers for whom the menu took its default.",
        per_menu(lambda m: m.gave_up),
    ),
    Metric(
        "ivrcore_menu_universals",
        "counter",
        (*M, "universal", "by"),
        "Times that callers asked for help, again, back, the beginning or a person.",
        universals,
    ),
    Metric(
        "ivrcore_menu_impatient",
        "counter",
        (*M, "why"),
        "Callers taken to a person ahead of others: for their words, or misheard too often.",
        impatient,
    ),
    Metric(
        "ivrcore_dispositions",
        "counter",
        ("dialplan", "disposition"),
        "Times that a dialplan said what a contact was about; beyond 100 words of one, `(others)`.",
        per_pair(lambda f: f.dispositions),
    ),
    Metric(
        "ivrcore_speech_utterances",
        "counter",
        ("engine", "verdict"),
        "Utterances by what was made of them.",
        per_pair(lambda f: {name: engine.heard for name, engine in f.engines.items()}),
    ),
    Metric(
        "ivrcore_speech_decision_seconds",
        "histogram",
        ("engine",),
        "From the end of speech to the decision.",
        decision_times,
    ),
    Metric(
        "ivrcore_speech_gave_up",
        "counter",
        ("engine", "code"),
        "Turns in which no recogniser could hear; the menu went on with keys.",
        per_pair(lambda f: {name: engine.gave_up for name, engine in f.engines.items()}),
    ),
    Metric(
        "ivrcore_recogniser_taken_out",
        "counter",
        ("engine", "fault"),
        "Times a recogniser was taken out for a while: the next of its language, or keys, served instead.",
        per_pair(lambda f: {name: engine.taken_out for name, engine in f.engines.items()}),
    ),
    Metric(
        "ivrcore_recogniser_in_service",
        "gauge",
        ("engine", "language", "rank"),
        "1 while a loaded recogniser is asked; its rank is its place in the language's list.",
        recognisers_in_service,
    ),
    Metric(
        "ivrcore_recogniser_cost",
        "gauge",
        ("engine", "language", "rank"),
        "CPU seconds for a second of what callers say, as measured (smoothed).",
        recogniser_costs,
    ),
    Metric(
        "ivrcore_speech_admitted",
        "counter",
        (),
        "Turns of menus that listened.",
        from_figures(lambda f: f.speech_admitted),
    ),
    Metric(
        "ivrcore_speech_refused",
        "counter",
        ("language", "why"),
        "Turns of menus that did not listen though they would: no room (busy), all engines out, or loading.",
        per_pair(lambda f: f.speech_refused),
    ),
    Metric(
        "ivrcore_speech_streams",
        "gauge",
        (),
        "Callers who are listened to.",
        one(lambda view: view.speech.streams),
    ),
    Metric(
        "ivrcore_speech_streams_limit",
        "gauge",
        (),
        "Callers who are listened to at once, at most.",
        one(lambda view: view.speech.most),
    ),
    Metric(
        "ivrcore_speech_cores",
        "gauge",
        (),
        "Cores that listening would take if all those callers spoke.",
        one(lambda view: view.speech.cores),
    ),
    Metric(
        "ivrcore_speech_budget_cores",
        "gauge",
        (),
        "Cores that listening may take.",
        one(lambda view: view.speech.budget),
    ),
    Metric(
        "ivrcore_prompts_failed",
        "counter",
        (),
        "Prompts that could not be played.",
        from_figures(lambda f: f.prompts_failed),
    ),
)

NOTICES = (
    Metric(
        "ivrcore_announcements",
        "gauge",
        (),
        "Announcements that callers hear now.",
        one(lambda view: view.figures.notices.in_force(view.now)),
    ),
    Metric(
        "ivrcore_announcements_changed",
        "counter",
        ("via",),
        "Announcements set or withdrawn, by the way it was done.",
        per_word(lambda f: f.notices.changed),
    ),
    Metric(
        "ivrcore_announcements_heard",
        "counter",
        ("announcement",),
        "Times an announcement was played to a contact; beyond 100 names, `(others)`.",
        per_word(lambda f: f.notices.heard),
    ),
    Metric(
        "ivrcore_announcement_files_refused",
        "counter",
        (),
        "Files of announcements that were wrong and changed nothing.",
        from_figures(lambda f: f.notices.files_refused),
    ),
    Metric(
        "ivrcore_emergency",
        "gauge",
        ("scope", "action"),
        "1 for how the emergency switch of a called number, or of all, stands; 0 for the other actions.",
        switches,
    ),
    Metric(
        "ivrcore_emergency_switched",
        "counter",
        ("action",),
        "Times an emergency switch was moved.",
        per_word(lambda f: f.notices.switched),
    ),
    Metric(
        "ivrcore_emergency_met",
        "counter",
        ("action",),
        "Calls that met an emergency switch that was not open.",
        per_word(lambda f: f.notices.met),
    ),
)

DIALPLANS = (
    Metric(
        "ivrcore_dialplan_info",
        "gauge",
        ("dialplan", "version"),
        "Always 1; the version that new calls get.",
        dialplan_versions,
    ),
    Metric(
        "ivrcore_dialplan_calls",
        "gauge",
        ("dialplan", "version"),
        "Contacts in progress by the version that they began with; old versions while they have any.",
        dialplan_calls,
    ),
    Metric(
        "ivrcore_dialplan_published",
        "counter",
        ("dialplan",),
        "Versions that took effect, those rolled back to among them.",
        per_word(lambda f: f.dialplans_published),
    ),
    Metric(
        "ivrcore_dialplan_refused",
        "counter",
        ("dialplan",),
        "Changes that the check refused.",
        per_word(lambda f: f.dialplans_refused),
    ),
    Metric(
        "ivrcore_dialplan_retired",
        "counter",
        ("dialplan",),
        "Old versions whose last call ended.",
        per_word(lambda f: f.dialplans_retired),
    ),
    Metric(
        "ivrcore_config_changes",
        "counter",
        ("outcome",),
        "Changes of queues and agents while the server ran: taken, or refused.",
        per_word(lambda f: f.roster_changes),
    ),
    Metric(
        "ivrcore_config_broken",
        "gauge",
        (),
        "1 while the configuration does not take effect as it is saved.",
        from_figures(lambda f: f.config_broken),
    ),
    Metric(
        "ivrcore_dialplan_broken",
        "gauge",
        ("file",),
        "1 while the file as it is saved does not take effect; its last good version is served.",
        broken_files,
    ),
)
