"""The other side of the API, for the commands: one request at a time, blocking, standard library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException
from socket import gaierror
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from ivrcore.errors import RequestRefused
from ivrcore.web.view import AgentAction

SECONDS = 5.0
CHANGE_SECONDS = 120.0
"""For a change of dialplans, which waits until prompts are spoken."""


WHO_ASKS = "give yours in the variable IVRCORE_TOKEN, or --site: the configuration names the server's own"
DIALPLANS = "/api/v1/dialplans"


class ServerAway(RequestRefused):
    """No server answers at the address."""

    code = "IVR603"
    heard = True
    """Whether one may have heard what was asked, all the same."""


class ApiClient:
    """Talks to one server. Every method raises :class:`RequestRefused` with a hint where it cannot be done.

    ``url`` is the server's, such as ``http://127.0.0.1:8080``.
    """

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise RequestRefused(f"{url} is no address of a server", hint="begin it with http:// or https://")
        self._url = url.rstrip("/")
        self._token = token

    def agents(self) -> list[dict[str, Any]]:
        """List the agents, shaped as :class:`ivrcore.web.view.AgentView`."""
        return list(self._ask("GET", "/api/v1/agents")["agents"])

    def queues(self) -> list[dict[str, Any]]:
        """List the queues, shaped as :class:`ivrcore.web.view.QueueView`."""
        return list(self._ask("GET", "/api/v1/queues")["queues"])

    def contacts(self) -> list[dict[str, Any]]:
        """List the contacts in progress, shaped as :class:`ivrcore.web.view.ContactView`."""
        return list(self._ask("GET", "/api/v1/contacts")["contacts"])

    def explanation(self, contact: str) -> dict[str, Any]:
        """Explain a contact, shaped as :class:`ivrcore.explaining.model.Explanation`."""
        return self._ask("GET", f"/api/v1/contacts/{quote(contact, safe='')}/why", seconds=CHANGE_SECONDS)

    def steer(self, contact: str, what: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Have a supervisor's will done: ``what`` and ``body`` as :data:`ivrcore.web.contacts.ORDERS`; give
        where the contact is then (empty where it is in progress no more)."""
        path = f"/api/v1/contacts/{quote(contact, safe='')}/{quote(what, safe='')}"
        return dict(self._ask("POST", path, body)["contact"] or {})

    def set_agent(self, name: str, action: AgentAction, word: str = "", author: str = "") -> dict[str, Any]:
        """Tell an agent, with the reason of a pause, the contact to take or the seconds of wrap-up; give how
        the agent is then. ``author`` is who wants it."""
        body: dict[str, object] = {"author": author}
        match action:
            case AgentAction.PAUSE:
                body["reason"] = word
            case AgentAction.TAKE:
                body["contact"] = word
            case AgentAction.WRAP_UP:
                body["seconds"] = float(word)
        answer = self._ask("POST", f"/api/v1/agents/{quote(name, safe='')}/{action}", body)
        return dict(answer["agent"] or {})

    def drain(self) -> dict[str, Any]:
        """Tell how draining stands, shaped as :class:`ivrcore.web.view.DrainView`."""
        return dict(self._ask("GET", "/api/v1/drain")["drain"])

    def begin_drain(
        self, author: str = "", *, then_stop: bool = False, time_out: float | None = None
    ) -> dict[str, Any]:
        """Have no new calls taken; ``time_out`` in seconds. Gives how it stands then."""
        body = {"author": author, "then_stop": then_stop, "time_out": time_out}
        return dict(self._ask("POST", "/api/v1/drain", body)["drain"])

    def undo_drain(self, author: str = "") -> dict[str, Any]:
        """Have new calls taken again; gives how it stands then."""
        return dict(self._ask("DELETE", "/api/v1/drain", {"author": author})["drain"])

    def hand_over(self) -> dict[str, Any]:
        """Tell which process answers, shaped as :class:`ivrcore.web.handover.HandOverView`."""
        return dict(self._ask("GET", "/api/v1/hand-over")["hand_over"])

    def start_successor(self) -> dict[str, Any]:
        """Have the server start a new process that takes over from it; shaped as `hand_over`."""
        return dict(self._ask("POST", "/api/v1/hand-over")["hand_over"])

    def take_over(self, pid: int, version: str, claim: str) -> dict[str, Any]:
        """Have the server let go of everything for this process; shaped as `hand_over`.

        May be asked again, with the same claim, where the answer was lost (`ServerAway.heard`).
        """
        body = {"pid": pid, "version": version, "claim": claim}
        return dict(self._ask("PUT", "/api/v1/hand-over", body)["hand_over"])

    def erase_subject(self, subject: str) -> None:
        """Have a subject's personal values erased for good."""
        self._ask("DELETE", f"/api/v1/subjects/{quote(subject, safe='')}", seconds=CHANGE_SECONDS)

    def announcements(self) -> list[dict[str, Any]]:
        """List announcements, shaped as :class:`ivrcore.web.announcements.AnnouncementView`."""
        return list(self._ask("GET", "/api/v1/announcements")["announcements"])

    def announce(self, name: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Have callers hear it; ``body`` as :class:`ivrcore.web.announcements.AnnouncementBody`."""
        return self._ask("PUT", f"/api/v1/announcements/{quote(name, safe='')}", body)

    def withdraw(self, name: str, author: str) -> None:
        """Have nobody hear an announcement any more."""
        query = urlencode({"author": author})
        self._ask("DELETE", f"/api/v1/announcements/{quote(name, safe='')}?{query}")

    def emergencies(self) -> list[dict[str, Any]]:
        """List switches that are not open, shaped as :class:`ivrcore.web.announcements.EmergencyView`."""
        return list(self._ask("GET", "/api/v1/emergency")["emergency"])

    def move_emergency(self, scope: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Move a switch; ``body`` as :class:`ivrcore.web.announcements.EmergencyBody`."""
        return self._ask("PUT", f"/api/v1/emergency/{quote(scope, safe='')}", body)

    def messages(self) -> list[dict[str, Any]]:
        """List callers' messages, shaped as :class:`ivrcore.web.messages.MessageView`."""
        return list(self._ask("GET", "/api/v1/messages")["messages"])

    def message(self, message: str, author: str) -> bytes:
        """Give a message's wav."""
        return self._open("GET", _message(message, author))

    def delete_message(self, message: str, author: str) -> None:
        """Have a message deleted for good."""
        self._ask("DELETE", _message(message, author))

    # --- kept utterances --------------------------------------------------------------------------

    def kept(self, author: str) -> tuple[list[dict[str, Any]], int]:
        """List what is kept of failed turns, shaped as :class:`ivrcore.web.kept.KeptView`.

        And tell how many there are, also those that cannot be read.
        """
        told = self._ask("GET", _kept("", author), seconds=CHANGE_SECONDS)
        return list(told["kept"]), int(told["held"])

    def kept_words(
        self, least: int, author: str, since: float = 0.0, until: float | None = None
    ) -> list[dict[str, Any]]:
        """Tell what was said in failed turns, from ``since`` to ``until`` (UTC seconds; None: until now).

        Shaped as :class:`ivrcore.kept.words.MenuWords`.
        """
        asked = {"least": least, "since": since} | ({} if until is None else {"until": until})
        path = f"{_kept('words', author)}&{urlencode(asked)}"
        return list(self._ask("GET", path, seconds=CHANGE_SECONDS)["menus"])

    def kept_audio(self, utterance: str, author: str) -> bytes:
        """Give the wav of a kept utterance."""
        return self._open("GET", _kept(utterance, author))

    def write_on_kept(self, utterance: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Say what was heard; ``body`` as :class:`ivrcore.web.kept.KeptBody`."""
        return dict(self._ask("PUT", f"/api/v1/kept/{quote(utterance, safe='')}", body)["kept"])

    def erase_all_kept(self, author: str) -> int:
        """Have all kept utterances deleted for good, also those that cannot be read; give how many."""
        return int(self._ask("DELETE", _kept("", author), seconds=CHANGE_SECONDS)["deleted"])

    def erase_kept(self, utterance: str, author: str) -> None:
        """Have a kept utterance deleted for good."""
        self._ask("DELETE", _kept(utterance, author))

    # --- dialplans ------------------------------------------------------------------------------

    def dialplans(self) -> dict[str, Any]:
        """Show the dialplans, shaped as :class:`ivrcore.versions.views.DialplansView`."""
        return self._ask("GET", DIALPLANS)

    def dialplan_log(self, name: str) -> list[dict[str, Any]]:
        """List a dialplan's publications, shaped as :class:`ivrcore.versions.Publication`."""
        return list(self._ask("GET", f"{_of(name)}/versions")["versions"])

    def dialplan_text(self, name: str, version: str = "") -> str:
        """Give the text of a version, by default the current one."""
        path = f"{_of(name)}/versions/{quote(version, safe='')}" if version else _of(name)
        return str(self._ask("GET", path)["text"])

    def dialplan_diff(self, name: str, old: str = "", new: str = "") -> str:
        """Give the unified difference of two versions, by default of the last change."""
        return str(self._ask("GET", f"{_of(name)}/diff?{urlencode({'from': old, 'to': new})}")["diff"])

    def publish(self, name: str, text: str, base: str, author: str, note: str = "") -> dict[str, Any]:
        """Have new calls get a text; ``base`` is the version that it was made from."""
        body = {"text": text, "base": base, "author": author, "note": note, "how": "cli"}
        return self._ask("PUT", _of(name), body, CHANGE_SECONDS)

    def roll_back(self, name: str, version: str, author: str, note: str = "") -> dict[str, Any]:
        """Have new calls get an earlier version."""
        body = {"version": version, "author": author, "note": note}
        return self._ask("POST", f"{_of(name)}/rollback", body, CHANGE_SECONDS)

    def reload(self, author: str) -> dict[str, Any]:
        """Have the site's dialplans read anew."""
        return self._ask("POST", f"{DIALPLANS}/reload", {"author": author, "how": "cli"}, CHANGE_SECONDS)

    def reload_config(self, author: str) -> dict[str, Any]:
        """Have queues and agents of the site's configuration read anew."""
        return self._ask("POST", "/api/v1/config/reload", {"author": author}, CHANGE_SECONDS)

    @staticmethod
    def problem_text(problem: Mapping[str, Any]) -> str:
        """Write a problem of an answer as `ivrcore check` does."""
        place = f"{problem['file']}:{problem['line']}:{problem['column']}"
        text = f"{place}: {problem['severity']} {problem['code']}: {problem['message']}"
        return f"{text}\n    hint: {problem['hint']}" if problem["hint"] else text

    def _ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None, seconds: float = SECONDS
    ) -> dict[str, Any]:
        try:
            return dict(json.loads(self._open(method, path, body, seconds)))
        except (ValueError, TypeError) as error:
            raise self._away(error) from error

    def _open(
        self, method: str, path: str, body: Mapping[str, object] | None = None, seconds: float = SECONDS
    ) -> bytes:
        request = Request(  # noqa: S310 - the scheme is checked at the start
            self._url + path,
            method=method,
            data=json.dumps(body or {}).encode() if method in ("POST", "PUT") else None,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            # An opener of our own: no proxy of the environment gets to see the token.
            with _OPENER.open(request, timeout=seconds) as answer:
                return bytes(answer.read())
        except HTTPError as error:
            with error:
                raise _refused(error.code, error.read(), self._url) from error
        except (URLError, OSError, HTTPException, ValueError) as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> ServerAway:
        reason = getattr(error, "reason", error)
        away = ServerAway(
            f"no ivrcore answers at {self._url}: {reason}",
            status=503,
            hint="start it with `ivrcore serve`, or see the address in the site's configuration",
        )
        away.heard = not isinstance(reason, UNHEARD)
        return away


def _message(message: str, author: str) -> str:
    return f"/api/v1/messages/{quote(message, safe='')}?{urlencode({'author': author})}"


def _kept(utterance: str, author: str) -> str:
    place = f"/{quote(utterance, safe='')}" if utterance else ""
    return f"/api/v1/kept{place}?{urlencode({'author': author})}"


def _of(name: str) -> str:
    return f"{DIALPLANS}/{quote(name, safe='')}"


def _refused(status: int, body: bytes, url: str) -> RequestRefused:
    try:
        answer = json.loads(body)
        problems = [ApiClient.problem_text(one) for one in answer.get("problems", ())]
        message = "\n".join([str(answer["message"]), *problems])
        hint = WHO_ASKS if status == 401 else str(answer["hint"])
        return RequestRefused(message, status=status, hint=hint)
    except (ValueError, KeyError, TypeError):
        return RequestRefused(
            f"{url} answered {status}, not as ivrcore does", status=status, hint="is this the right address?"
        )


UNHEARD = (ConnectionRefusedError, gaierror)
"""With these there was no connection by which anything could have been asked."""
_OPENER = build_opener(ProxyHandler({}))
