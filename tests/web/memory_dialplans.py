"""The API for dialplans in memory: the real check, versions in a list, call tests that look for a word."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.web.server import Request

from ivrcore.dialplan.check import Site, load_plan
from ivrcore.errors import RequestRefused
from ivrcore.web.endpoint import Endpoint, Reply, json_reply

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


class MemoryDialplans(Endpoint):
    """``/api/v1/dialplans`` and everything below; ``without`` names addresses that this server lacks."""

    def __init__(self, check: Callable[[Request], None], without: tuple[str, ...] = ()) -> None:
        super().__init__(check)
        self.without = without
        self.versions: list[dict[str, Any]] = []
        self.keep(SAMPLE, "file", "", "")

    @property
    def text(self) -> str:
        return str(self.versions[-1]["text"])

    def keep(self, text: str, how: str, author: str, note: str) -> None:
        before = self.versions[-1]["version"] if self.versions else ""
        self.versions.append(
            {
                "version": f"v{len(self.versions) + 1}",
                "author": author,
                "at": 1_800_000_000.0 + 60 * len(self.versions),
                "how": how,
                "note": note,
                "before": before,
                "text": text,
            }
        )

    def found(self, text: str) -> list[dict[str, Any]]:
        _, problems = load_plan(text, "hotline.yaml", SITE)
        return [
            {
                "file": str(one.location.file),
                "line": one.location.line,
                "column": one.location.column,
                "severity": str(one.severity),
                "code": one.code,
                "message": one.message,
                "hint": one.hint,
            }
            for one in problems
        ]

    def on_get(self, request: Request) -> Reply:
        match self._parts(request):
            case []:
                now = self.versions[-1]["version"]
                calls = {now: 5, "v0": 2}
                plan = {"name": "hotline", "file": "hotline.yaml", "version": now, "calls": calls}
                return json_reply({"dialplans": [plan], "broken": []})
            case ["schema"]:
                return json_reply(SCHEMA)
            case ["hotline"]:
                now = self.versions[-1]
                return json_reply(
                    {"name": "hotline", "file": "hotline.yaml"} | {k: now[k] for k in ("version", "text")}
                )
            case ["hotline", "versions"]:
                return json_reply({"versions": self.versions[::-1]})
            case ["hotline", "versions", version]:
                return json_reply(self._version(version))
        raise RequestRefused("there is no such thing", status=404)

    def on_post(self, request: Request) -> Reply:
        body = json.loads(request.content.read())
        match self._parts(request):
            case ["check"]:
                return json_reply({"problems": self.found(body["text"])})
            case ["graph"]:
                plan, problems = load_plan(body["text"], "hotline.yaml", SITE)
                if plan is None:
                    raise RequestRefused("the text has errors", status=422, hint=str(len(problems.errors)))
                return json_reply({"dot": dot(plan.menus), "mermaid": ""})
            case ["test"]:
                return json_reply(tried(body["text"]))
            case ["hotline", "rollback"]:
                self.keep(self._version(body["version"])["text"], "rollback", body["author"], body["note"])
                return json_reply({"version": self.versions[-1]["version"]})
        raise RequestRefused("there is no such thing", status=404)

    def on_put(self, request: Request) -> Reply:
        body = json.loads(request.content.read())
        if body["base"] != self.versions[-1]["version"]:
            raise RequestRefused("somebody else was faster", status=409)
        problems = self.found(body["text"])
        if any(one["severity"] == "error" for one in problems):
            return json_reply({"error_id": "IVR", "message": "errors", "hint": "", "problems": problems}, 422)
        self.keep(body["text"], "editor", body["author"], body["note"])
        return json_reply({"version": self.versions[-1]["version"]})

    def _version(self, version: str) -> dict[str, Any]:
        return next(one for one in self.versions if one["version"] == version)

    def _parts(self, request: Request) -> list[str]:
        parts = [part.decode() for part in request.postpath or () if part]
        if parts and parts[-1] in self.without:
            raise RequestRefused("there is no such thing", status=404)
        return parts


def dot(menus: Any) -> str:
    nodes = [f'"menu:{name}" [label="{name}"]' for name in menus]
    edge = '"menu:main" -> "menu:cards" [label="cards\\n120 calls"]'
    return "\n".join(["digraph hotline {", 'node [shape=box, style="rounded,filled"]', *nodes, edge, "}"])


def tried(text: str) -> dict[str, Any]:
    lost = "lost" in text
    line = text.splitlines().index("  cards:") + 1 if "  cards:" in text.splitlines() else 1
    tests: list[dict[str, Any]] = [
        {"name": "opening hours", "passed": True},
        {
            "name": "a lost card goes first",
            "passed": lost,
            "message": "" if lost else "expected queue cards with priority 50",
            "file": "tests/cards.yaml",
            "at": {"line": line, "column": 3},
        },
    ]
    menus = [{"name": "main", "taken": 3, "all": 4, "missing": [{"name": "loans", "line": line}]}]
    return {"tests": tests, "coverage": {"percent": 75, "menus": menus}}
