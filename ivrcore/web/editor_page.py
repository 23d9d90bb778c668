# mypy: untyped-calls-exclude=twisted
"""``/dialplans``: the page where dialplans are edited. Its frame only; its scripts fill it over the API."""

from __future__ import annotations

import secrets

from twisted.web.server import Request
from twisted.web.template import Tag, tags

from ivrcore.web.access import Access
from ivrcore.web.assets import POLICY, EditorFiles
from ivrcore.web.endpoint import Reply
from ivrcore.web.frame import HTML, log_out, navigation, page
from ivrcore.web.pages import Page

KEYS = (
    "Control and space: what could be written. F8: to the next problem. Control and S: publish. "
    "Tab indents; Escape and then Tab leaves the text."
)


class DialplanPage(Page):
    """``GET /dialplans``."""

    def __init__(self, access: Access, editor: EditorFiles) -> None:
        super().__init__(access)
        self._editor = editor

    def on_get(self, request: Request) -> Reply:
        """Show the page."""
        nonce = secrets.token_urlsafe(16)
        body = page(
            "ivrcore dialplans",
            *_content(nonce, self._editor.missing),
            styles=(self._editor.address("editor.css"),),
            modules=(self._editor.script,),
            class_="dialplans",
        )
        return Reply(body, HTML, headers={b"content-security-policy": policy(nonce)})


def policy(nonce: str) -> bytes:
    """Give the page's Content-Security-Policy: CodeMirror's styles are in an element with the nonce."""
    style = b"style-src 'self'"
    return POLICY.replace(style, style + b" 'nonce-%s'" % nonce.encode())


def _content(nonce: str, missing: str) -> list[Tag]:
    return [
        tags.header(tags.h1("ivrcore"), navigation("/dialplans"), log_out()),
        tags.p(id="away", role="alert", hidden="hidden"),
        Tag("main")(_bar(), _notices(missing), _writing(nonce), _found(), _side()),
        Tag("noscript")(tags.p("This page needs JavaScript.", class_="note")),
    ]


def _bar() -> Tag:
    return tags.div(
        tags.label("Dialplan ", tags.select(id="plan")),
        tags.button("New …", type="button", id="new"),
        tags.span(id="version", class_="note"),
        tags.span(id="state", class_="note"),
        tags.span(id="told", class_="unseen", role="status"),
        tags.div(
            tags.button("Run the call tests", type="button", id="run"),
            tags.button("Publish …", type="button", id="publish", class_="main"),
            class_="buttons",
        ),
        class_="bar",
    )


def _notices(missing: str) -> Tag:
    why = [tags.p(f"This is a plain text area: {missing}.", id="missing", class_="note")] if missing else []
    return tags.div(*why, tags.div(id="notice", role="status", hidden="hidden"), class_="notices")


def _writing(nonce: str) -> Tag:
    return tags.section(
        tags.div(id="text", **{"data-nonce": nonce}),
        tags.p(KEYS, id="keys", class_="unseen"),
        class_="writing",
        **{"aria-label": "Text"},
    )


def _found() -> Tag:
    return tags.section(
        tags.h2("Problems ", tags.span(id="found", role="status"), tags.span(id="help", class_="note")),
        tags.ol(id="problems", class_="problems"),
        class_="found",
        **{"aria-label": "Problems"},
    )


def _side() -> Tag:
    panels = {"picture": "Picture", "calltests": "Call tests", "versions": "Versions"}
    return tags.section(
        tags.div(
            *(
                tags.button(words, type="button", role="tab", id=f"tab-{name}", **{"aria-controls": name})
                for name, words in panels.items()
            ),
            role="tablist",
            id="tabs",
            **{"aria-label": "Beside the text"},
        ),
        *(
            tags.div(id=name, role="tabpanel", hidden="hidden", **{"aria-labelledby": f"tab-{name}"})
            for name in panels
        ),
        class_="side",
        **{"aria-label": "Beside the text"},
    )
