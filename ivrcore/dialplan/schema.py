"""The JSON Schema of the language, for editors: completion, hover, and marks while one types.

Made of the tables of keys, those of every verb too. It accepts whatever `parse_plan` accepts, and less is
right in it than in `ivrcore check`: what a name means, a schema cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from ivrcore.dialplan.checks.site import ANY_SITE, Site
from ivrcore.dialplan.keys import SECTIONS, Key, Kind
from ivrcore.durations import PATTERN

Schema = dict[str, object]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
LANGUAGE = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$"
_NAMED = ("number", "hours", "universal", "menu", "choice")
"""Tables of which a section has one for each name."""

SCALAR: Schema = {"type": ["string", "number", "boolean"]}
"""A text: an editor reads an unquoted `no` or 0800 as something else, ivrcore never does."""
NOTHING: Schema = {"type": "null"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _any(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def _list(of: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": of, **({"minItems": least} if least else {})}


def _mapping(of: Schema, keys: str = "") -> Schema:
    names: Schema = {"propertyNames": {"pattern": keys}} if keys else {}
    return {"type": "object", "additionalProperties": of, **names}


def _one_or_list(of: Schema) -> Schema:
    return _any(of, _list(of))


_DURATION: Schema = _any(
    {
        "type": "string",
        "pattern": PATTERN,
        "minLength": 1,
        "examples": ["5s", "500ms", "1m30s"],
    },
    {"const": 0},
)
_BOOLEAN: Schema = _any(
    {"type": "boolean"}, {"type": "string", "pattern": "^([Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$"}
)
_RANGE: Schema = {"type": "string", "examples": ["09:00-17:00", "00:00-24:00"]}

_UNDERSTAND: Schema = {"enum": ["phrases", "intents"]}

DEFINITIONS: Mapping[str, Schema] = {
    "wording": _one_or_list(_ref("part")),
    "part": _any(
        SCALAR,
        {
            "type": "object",
            "properties": {"say": _ref("said"), "play": _one_or_list(SCALAR)},
            "additionalProperties": False,
            "minProperties": 1,
        },
        _mapping(SCALAR, LANGUAGE),
    ),
    "said": _one_or_list(_ref("part")),
    "wordings": _one_or_list(_ref("wording")),
    "phrases": _any(_one_or_list(SCALAR), _mapping(_one_or_list(SCALAR), LANGUAGE)),
    "keys": _one_or_list(
        _any({"type": "string", "pattern": "^[0-9*#A-D]{1,8}$"}, {"type": "integer", "minimum": 0})
    ),
    "steps": _any(_ref("step"), _list(_ref("step"), 1)),
    "cases": _one_or_list(
        {
            "type": "object",
            "properties": {
                "if": {**SCALAR, "description": "whether `go` happens"},
                "go": {**_ref("steps"), "description": "what happens if it holds"},
            },
            "required": ["if", "go"],
            "additionalProperties": False,
        }
    ),
    "hours_of_a_day": _one_or_list(_RANGE),
}

_KINDS: Mapping[Kind, Schema] = {
    Kind.TEXT: SCALAR,
    Kind.TEXTS: _one_or_list(SCALAR),
    Kind.WORDING: _ref("wording"),
    Kind.WORDINGS: _ref("wordings"),
    Kind.PHRASES: _ref("phrases"),
    Kind.KEYS: _ref("keys"),
    Kind.STEPS: _ref("steps"),
    Kind.CASES: _ref("cases"),
    Kind.EXITS: _mapping(_ref("steps"), "^[0-9*#A-D]$"),
    Kind.DURATION: _DURATION,
    Kind.BOOLEAN: _BOOLEAN,
    Kind.BARGE_IN: _any(_BOOLEAN, _ref("barge_in")),
    Kind.NUMBER: _any({"type": "number"}, {"type": "string", "pattern": r"^[-+]?[0-9]+(\.[0-9]+)?$"}),
    Kind.INTEGER: _any({"type": "integer"}, {"type": "string", "pattern": "^[-+]?[0-9]+$"}),
    Kind.LENGTH: _any(
        {"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]{1,3}(-[0-9]{1,3})?$"}
    ),
    Kind.CONDITION: SCALAR,
    Kind.VALUE: SCALAR,
    Kind.VALUES: _mapping(_any(SCALAR, NOTHING)),
    Kind.INTO: _mapping(SCALAR),
    Kind.LEVELS: _mapping({"type": "integer", "minimum": 1, "maximum": 100}),
    Kind.TARGET: SCALAR,
    Kind.MENU: SCALAR,
    Kind.QUEUE: SCALAR,
    Kind.LOOKUP: SCALAR,
    Kind.MAILBOX: SCALAR,
    Kind.VARIABLE: SCALAR,
    Kind.LANGUAGE: SCALAR,
    Kind.UNDERSTAND: _any(_UNDERSTAND, _mapping(_UNDERSTAND, LANGUAGE)),
    Kind.NAMES: _any(_one_or_list(SCALAR), {"const": False}),
    Kind.HOURS: _ref("hours_of_a_day"),
    Kind.WEEK: _mapping(_ref("hours_of_a_day")),
    Kind.DATES: _mapping(_ref("hours_of_a_day")),
    Kind.NOTHING: NOTHING,
}
"""What each kind may be; `Kind.ONE_OF` and `Kind.SECTION` are made of the key's words."""


def dialplan_schema(site: Site = ANY_SITE) -> Schema:
    """Make the schema, with the verbs and the names that a site has."""
    known: dict[Kind, Collection[str] | None] = {
        Kind.QUEUE: site.queues,
        Kind.LOOKUP: site.lookups,
        Kind.MAILBOX: site.mailboxes,
    }
    value = _values({kind: names for kind, names in known.items() if names is not None})
    definitions: Schema = dict(DEFINITIONS)
    for name, table in SECTIONS.items():
        if name != "plan":
            definitions[name] = _object(table.values(), value)
    definitions["number"] = _object(SECTIONS["number"].values(), value, needed=())
    definitions["step"] = _step([cls.keys for cls in site.verbs.values()], value)
    plan = _object(SECTIONS["plan"].values(), value)
    return {
        "$schema": DRAFT,
        "title": "A dialplan of ivrcore",
        "description": "docs/dialplan.md tells the whole language; `ivrcore check` tells more than this.",
        **plan,
        "$defs": definitions,
    }


Values = Callable[[Key], Schema]


def _values(names: Mapping[Kind, Collection[str]]) -> Values:
    """Give what makes the schema of a key's value, with the names that there are."""

    def value(key: Key) -> Schema:
        if key.kind is Kind.SECTION:
            return _section(key)
        if key.kind is Kind.ONE_OF:
            return {"enum": list(map(str, key.words))}
        if key.kind in names:
            return {"enum": sorted(names[key.kind])}
        return dict(_KINDS[key.kind])

    return value


def _section(key: Key) -> Schema:
    (name,) = key.words
    if name == "steps":
        return _mapping(_ref("steps"))
    if name == "number":
        return _mapping(_any(SCALAR, _ref(name)))
    if name == "universal":
        return _mapping(_any(_ref(name), NOTHING))
    if name == "confirming":
        return _any(_ref(name), _mapping(_ref(name), LANGUAGE))
    return _mapping(_ref(name)) if name in _NAMED else _ref(name)


def _object(keys: Iterable[Key], value: Values, needed: Iterable[str] | None = None) -> Schema:
    """Make a mapping of these keys; ``needed`` where it depends on more than the key."""
    listed = list(keys)
    needed = [key.name for key in listed if key.needed] if needed is None else list(needed)
    made: Schema = {
        "type": "object",
        "properties": {key.name: _property(key, value) for key in listed},
        "additionalProperties": False,
    }
    return made | ({"required": needed} if needed else {})


def _property(key: Key, value: Values) -> Schema:
    """Describe one key; one that need not be there may be left empty."""
    made = value(key)
    if not key.needed and made != NOTHING:
        made = _any(made, NOTHING)
    shown = f"{key.meaning} ({key.value})" if key.value else key.meaning
    default = f" Default: {key.default}." if key.default and not key.needed else ""
    return {"description": f"{shown}.{default}", **made}


def _step(verbs: Iterable[Mapping[str, Key]], value: Values) -> Schema:
    """Each verb with its keys; one that needs no value may stand as a word alone."""
    listed = list(verbs)
    alone = [key.name for keys in listed for key in list(keys.values())[:1] if not key.needed]
    objects = [_verb(list(keys.values()), value) for keys in listed]
    return _any(*objects, {"enum": alone, "description": "a step without a value"})


def _verb(keys: list[Key], value: Values) -> Schema:
    made = _object(keys, value)
    required = [key.name for key in keys if key.needed or key is keys[0]]
    return {**made, "required": required, "description": _property(keys[0], value)["description"]}
