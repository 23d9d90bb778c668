"""What others will answer below ``/api/v1/dialplans``: the picture, call tests, the language's schema."""

import json
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivrcore.dialplan.check import Site, load_plan
from ivrcore.errors import RequestRefused
from ivrcore.web.dialplans import DialplansEndpoint
from ivrcore.web.endpoint import Reply, json_reply

SAMPLE = (Path(__file__).parents[2] / "dialplans/hotline.yaml").read_text()
SITE = Site(queues=["cards", "loans", "general"])
STEP = {
    "anyOf": [
        {"properties": {"say": {"type": "string", "description": "speak a text"}}, "required": ["say"]},
        {
            "properties": {
                "queue": {"type": "string", "description": "wait for an agent and talk"},
                "priority": {"type": "integer", "description": "who has more is served first", "default": 0},
            },
            "required": ["queue"],
        },
        {"properties": {"menu": {"type": "string", "description": "ask the caller"}}, "required": ["menu"]},
        {"properties": {"goto": {"type": "string", "description": "go on there"}}, "required": ["goto"]},
        {"enum": ["hang_up"]},
    ]
}
STEPS = {"type": "array", "items": {"$ref": "#/$defs/step"}}
SCHEMA = {
    "$defs": {"step": STEP},
    "properties": {
        "name": {"type": "string", "description": "names the dialplan"},
        "language": {"enum": ["en", "ko", "zh"], "description": "the language of texts and phrases"},
        "blocks": {"type": "object", "additionalProperties": STEPS},
        "menus": {
            "type": "object",
            "additionalProperties": {"properties": {"prompt": {"type": "string"}, "otherwise": STEPS}},
        },
    },
}


class MoreDialplans(DialplansEndpoint):
    """The real endpoint, and the answers that it has not yet; those named in ``without`` are missing."""

    without: tuple[str, ...] = ()

    def on_get(self, request: Request) -> Reply | Deferred[Reply]:
        if request.postpath == [b"schema"] and "schema" not in self.without:
            return json_reply(SCHEMA)
        if request.postpath == [b"hotline", b"graph"] and "graph" not in self.without:
            return json_reply({"dot": dot(load_plan(SAMPLE, "hotline.yaml", SITE)[0].menus, " 120 calls")})
        return super().on_get(request)

    def on_post(self, request: Request) -> Reply | Deferred[Reply]:
        wanted = b"/".join(request.postpath or ()).decode()
        if wanted not in ("graph", "test") or wanted in self.without:
            return super().on_post(request)
        text = json.loads(request.content.read())["text"]
        if wanted == "test":
            return json_reply(tried(text))
        plan, _ = load_plan(text, "hotline.yaml", SITE)
        if plan is None:
            raise RequestRefused("the text has errors", status=422)
        return json_reply({"dot": dot(plan.menus), "mermaid": ""})


def dot(menus: Any, calls: str = "") -> str:
    nodes = [f'"menu:{name}" [label="{name}"]' for name in menus]
    edge = f'"menu:main" -> "menu:cards" [label="cards{calls}"]'
    return "\n".join(
        [
            "digraph hotline {",
            'node [shape=box, style="rounded,filled", fillcolor="#ddf4ff"]',
            *nodes,
            edge,
            "}",
        ]
    )


def tried(text: str) -> dict[str, Any]:
    """As `ivrcore test --format json` gives it."""
    lost = "lost" in text
    line = text.splitlines().index("  cards:") + 1 if "  cards:" in text.splitlines() else 1
    passed = {"name": "opening hours", "passed": True, "file": "tests/hours.yaml", "line": 3}
    other = {
        "name": "a lost card goes first",
        "passed": lost,
        "file": "tests/cards.yaml",
        "line": 7,
        "dialplan_line": None if lost else line,
        "code": "" if lost else "CT301",
        "message": "" if lost else "expected to wait in queue 'cards'",
        "hint": "",
        "conversation": ["caller: presses 1", "hears: Is your card lost?"],
    }
    menu = {"menu": "main", "covered": 3, "total": 4, "missed": [{"what": "choice loans", "line": line}]}
    coverage = {"percent": 75.0, "covered": 3, "total": 4, "menus": [menu]}
    return {"passed": lost, "tests": [passed, other], "coverage": coverage, "problems": []}
