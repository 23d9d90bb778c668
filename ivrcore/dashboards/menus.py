"""The board of menus: where callers fail, what they choose, and which version of a dialplan they hear."""

from __future__ import annotations

from ivrcore.dashboards.model import Board, Choice, Panel, Query, Row, a_minute, in_an_hour, share

_D = 'dialplan=~"$dialplan"'
_BY = "dialplan, menu"
_NAME = "{{dialplan}} {{menu}}"


def _hour(metric: str, by: str = _BY, where: str = _D) -> str:
    return in_an_hour(metric, by, where)


_ENTERED = _hour("ivrcore_menu_entered_total")
_CHOSE = _hour("ivrcore_menu_choices_total")
_GAVE_UP = _hour("ivrcore_menu_gave_up_total")
_FAILED_TURNS = f"({_hour('ivrcore_menu_no_input_total')} + {_hour('ivrcore_menu_no_match_total')})"

_FAIL = Row(
    "Where callers fail, last hour",
    (
        Panel(
            "Menus that callers gave up",
            "The ten menus with the largest share of callers for whom the menu took its default.",
            (Query(f"topk(10, {share(_GAVE_UP, _ENTERED)})", _NAME),),
            "bars",
            "percentunit",
            12,
            0.05,
            0.15,
        ),
        Panel(
            "Menus that are not understood",
            "The ten menus with the most failed turns (nothing said, or no match) per caller.",
            (Query(f"topk(10, {share(_FAILED_TURNS, _ENTERED)})", _NAME),),
            "bars",
            "short",
            12,
            0.3,
            0.8,
        ),
        Panel(
            "Menus",
            "Each menu: callers, failed turns, callers who gave up, and choices made by speech and by key.",
            (
                Query(_ENTERED, "entered"),
                Query(_hour("ivrcore_menu_no_input_total"), "nothing said"),
                Query(_hour("ivrcore_menu_no_match_total"), "no match"),
                Query(_GAVE_UP, "gave up"),
                Query(_hour("ivrcore_menu_choices_total", where=f'{_D}, by="speech"'), "chosen by speech"),
                Query(_hour("ivrcore_menu_choices_total", where=f'{_D}, by="key"'), "chosen by key"),
            ),
            "table",
            width=24,
        ),
        Panel(
            "Failed turns, a minute",
            "By kind, over the chosen dialplans.",
            (
                Query(a_minute("ivrcore_menu_no_input_total", "", _D), "nothing said"),
                Query(a_minute("ivrcore_menu_no_match_total", "", _D), "no match"),
                Query(a_minute("ivrcore_menu_gave_up_total", "", _D), "gave up"),
            ),
        ),
        Panel(
            "Callers who left in a menu, 1 h",
            "Share of all contacts that were over before a queue or an end of the dialplan.",
            (
                Query(
                    share(
                        in_an_hour("ivrcore_contacts_closed_total", "", 'outcome="left_in_menu"'),
                        in_an_hour("ivrcore_contacts_closed_total"),
                    ),
                    "left in a menu",
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Out of patience, 1 h",
            "Callers taken to a person ahead of others: for their words, or misheard too often.",
            (Query(_hour("ivrcore_menu_impatient_total", "menu, why"), "{{menu}}: {{why}}"),),
        ),
    ),
)

_WANT = Row(
    "What callers want",
    (
        Panel(
            "Choices, 1 h",
            "By menu and choice.",
            (Query(_hour("ivrcore_menu_choices_total", "menu, choice"), "{{menu}}: {{choice}}"),),
        ),
        Panel(
            "Chosen by speech, 1 h",
            "Share of choices that were said rather than pressed.",
            (
                Query(
                    share(_hour("ivrcore_menu_choices_total", where=f'{_D}, by="speech"'), _CHOSE),
                    _NAME,
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Help, again, back, a person, 1 h",
            "What callers asked for that works in every menu.",
            (Query(_hour("ivrcore_menu_universals_total", "universal, by"), "{{universal}} by {{by}}"),),
        ),
        Panel(
            "What contacts were about, 1 h",
            "By what dialplans said of them.",
            (Query(_hour("ivrcore_dispositions_total", "disposition"), "{{disposition}}"),),
        ),
        Panel(
            "What callers said of it, 1 day",
            "CSAT, satisfied of those who rated, and NPS, promoters less detractors, as dialplans asked.",
            (
                Query(f"dialplan:ivrcore_csat:ratio_1d{{{_D}}}", "{{dialplan}}: CSAT"),
                Query(f"dialplan:ivrcore_nps:ratio_1d{{{_D}}}", "{{dialplan}}: NPS"),
            ),
            unit="percentunit",
        ),
        Panel(
            "Prompts that could not be played, 1 h",
            "Callers heard nothing where they should have.",
            (Query(in_an_hour("ivrcore_prompts_failed_total"), "failed"),),
        ),
    ),
)

_VERSIONS = Row(
    "Dialplans",
    (
        Panel(
            "Calls, by version",
            "Contacts in progress by the version they began with.",
            (
                Query(
                    f"sum by (dialplan, version) (ivrcore_dialplan_calls{{{_D}}})", "{{dialplan}} {{version}}"
                ),
            ),
            "stacked",
        ),
        Panel(
            "Changes, 1 h",
            "Versions that took effect, changes that the check refused, versions whose last call ended.",
            (
                Query(_hour("ivrcore_dialplan_published_total", "dialplan"), "{{dialplan}} published"),
                Query(_hour("ivrcore_dialplan_refused_total", "dialplan"), "{{dialplan}} refused"),
                Query(_hour("ivrcore_dialplan_retired_total", "dialplan"), "{{dialplan}} retired"),
            ),
        ),
        Panel(
            "Broken files",
            "1 while a file as it is saved does not take effect; its last good version is served.",
            (Query("max by (file) (ivrcore_dialplan_broken)", "{{file}}"),),
        ),
    ),
)

MENUS = Board(
    "menus",
    "ivrcore: menus",
    "Where callers fail, and what they want.",
    (_FAIL, _WANT, _VERSIONS),
    (Choice("dialplan", "ivrcore_menu_entered_total"),),
)
