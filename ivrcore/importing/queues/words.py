"""Asterisk's words for queues, and what becomes of each: tables, for the import and its documentation."""

from __future__ import annotations

STRATEGIES = {
    "ringall": ("ring_all", ""),
    "leastrecent": ("longest_idle", ""),
    "fewestcalls": (
        "fewest_contacts",
        "it counts the calls of the last hour, not those since the last reload",
    ),
    "random": ("random", ""),
    "rrmemory": ("round_robin", ""),
    "roundrobin": ("round_robin", ""),
    "rrordered": ("ordered", ""),
    "linear": ("linear", ""),
    "wrandom": ("weighted_random", "each member's weight is 1 / (1 + penalty)"),
}
"""Asterisk's name -> ours, and what is different."""
BY_WEIGHT = "wrandom"
RING, LONGEST_RING = 15.0, 600.0
"""Seconds: app_queue's ``timeout`` where none is written, and our longest ``ring_time``."""
LEAST_EVERY = 5.0
TRUE = ("yes", "true", "y", "t", "1", "on")
FALSE = ("no", "false", "n", "f", "0", "off")
"""As Asterisk's `ast_true` and `ast_false`."""

ALWAYS = {
    "eventwhencalled": "events are always told",
    "eventmemberstatus": "events are always told",
}
LEFT_OUT = {
    **dict.fromkeys(("memberdelay", "reportholdtime"), "agents hear 'whisper' alone"),
    **dict.fromkeys(("monitor-type", "monitor-format"), "nothing is recorded here"),
    **dict.fromkeys(
        (
            *("queue-youarenext", "queue-thereare", "queue-callswaiting", "queue-holdtime", "queue-minute"),
            *("queue-minutes", "queue-seconds", "queue-thankyou", "queue-reporthold", "queue-quantity1"),
            *("queue-quantity2", "queue-callerannounce", "announce-round-seconds"),
        ),
        "what callers hear is a text of ours: 'position', 'expected_wait'",
    ),
    **dict.fromkeys(
        (
            *("min-announce-frequency", "announce-position-limit", "announce-position-only-up"),
            *("random-periodic-announce", "relative-periodic-announce", "announce-to-first-user"),
        ),
        "announcements come every 'announce_every', one after another",
    ),
    **dict.fromkeys(
        ("autopausedelay", "autopausebusy", "autopauseunavail"), "'pause_after' counts missed offers alone"
    ),
    "penaltymemberslimit": "penalties always count",
    "timeoutrestart": "a busy phone does not restart the others' ringing",
    "timeoutpriority": "the dialplan's 'max_wait' and 'ring_time' each count for themselves",
    "log-restricted-caller-id": "numbers are never logged",
}
"""Setting -> why it has no equal."""
LOST = {
    "context": "keys that leave the queue: let the dialplan offer them before callers queue",
    **dict.fromkeys(
        ("setinterfacevar", "setqueuevar", "setqueueentryvar", "membermacro", "membergosub"),
        "no channel variable and no dialplan of Asterisk is part of a conversation here",
    ),
}
"""Setting that a site may depend on -> what to do."""

POSITION = {
    "en": "You are number {position} in the queue.",
    "ko": "대기 순서는 {position}번째입니다.",
    "zh": "您目前排在第{position}位。",
    "de": "Sie sind Nummer {position} in der Warteschlange.",
}
EXPECTED = {
    "en": "You will be helped in less than {minutes} minutes.",
    "ko": "{minutes}분 이내에 연결될 예정입니다.",
    "zh": "预计{minutes}分钟内为您服务。",
    "de": "Sie werden in weniger als {minutes} Minuten verbunden.",
}

NAMES: dict[str, str] = {
    "strategy": "`strategy`, by the table above",
    "timeout": "`ring_time`; 15s where none is written",
    "retry": "`retry_after`, the rest of who missed a call (IMP208)",
    "wrapuptime": "`wrap_up`; 0s where none is written",
    "servicelevel": "`threshold`",
    "weight": "`priority` of the queue (IMP208)",
    "maxlen": "`join: {waiting: …}`",
    "joinempty": "`join: {empty: …}`; conditions become: while nobody is logged in (IMP208)",
    "leavewhenempty": "`leave_empty`, likewise",
    "musicclass": "`music`",
    "announce": "`whisper`, a recording to be brought (IMP201)",
    "announce-frequency": "`announce_every`, with texts of ours",
    "announce-position": "`position`",
    "announce-holdtime": "`expected_wait`",
    "periodic-announce": "`comfort`, recordings to be brought (IMP201)",
    "periodic-announce-frequency": "`announce_every`, the shorter of the two (IMP208)",
    "periodic-announce-startdelay": "`announce_first`",
    "autofill": "nothing: it is always so; `no` is different (IMP208)",
    "autopause": "`pause_after: 1`; in all queues (IMP208)",
    "ringinuse": "nothing: an agent in a call is offered no other; `yes` is left out (IMP207)",
    "defaultrule": "`relaxation: penalty_rules`, from queuerules.conf beside the file",
    "member": "an agent, with `queues` and the penalty as `tier`",
    **{key: "nothing: " + why for key, why in ALWAYS.items()},
    **{key: "left out (IMP207): " + why for key, why in LEFT_OUT.items()},
    **{key: "listed (IMP106): " + why for key, why in LOST.items()},
}
"""Setting -> what it becomes, for the documentation."""
