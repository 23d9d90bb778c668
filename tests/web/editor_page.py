"""The dialplan editor in a browser, as somebody at a keyboard uses it. Blocking: use it on a thread."""

import json

from tests.web.browser import Browser

CONTROL = 2
KEYS = {"Home": 36, "End": 35, "ArrowDown": 40, "Enter": 13, "Backspace": 8, "Escape": 27, "Tab": 9, " ": 32}


class EditorPage:
    """The page of one dialplan; ``url`` is the server's, ending with a slash."""

    def __init__(self, browser: Browser, url: str, token: str) -> None:
        self.browser = browser
        browser.open(f"{url}dialplans")
        browser.wait("document.activeElement && document.activeElement.id === 'token'")
        browser.type(token)
        browser.press("Enter", 0, 13)
        self.ready()

    def ready(self) -> None:
        self.browser.wait("location.pathname === '/dialplans' && !!document.querySelector('#text > *')")
        self.browser.wait("document.querySelector('#found').textContent !== ''")

    def reload(self) -> None:
        self.browser.call("Page.reload")
        self.ready()

    def press(self, key: str, times: int = 1, modifiers: int = 0) -> None:
        for _ in range(times):
            self.browser.press(key, modifiers, KEYS.get(key, ord(key[0].upper())))

    def put_cursor(self, line: int) -> None:
        """At the end of a line, from 1; long lines are wrapped, so the way is by the keys that know lines."""
        self.browser.ask("document.querySelector('.cm-content').focus()")
        self.press("Home", modifiers=CONTROL)
        for _ in range(line - 1):
            self.press("End")
            self.press("End")
            self.press("ArrowDown")
        self.press("End")
        self.press("End")

    def click(self, selector: str) -> None:
        found = f"document.querySelector({json.dumps(selector)})"
        self.browser.wait(f"{found} !== null && !{found}.disabled")
        self.browser.ask(f"{found}.click()")

    def click_words(self, words: str) -> None:
        found = (
            f"[...document.querySelectorAll('button')].find(one => one.textContent === {json.dumps(words)})"
        )
        self.browser.wait(f"{found} !== undefined")
        self.browser.ask(f"{found}.click()")

    def words(self, selector: str) -> str:
        return str(self.browser.ask(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def wait_words(self, selector: str, words: str) -> None:
        self.browser.wait(
            f"(document.querySelector({json.dumps(selector)})?.innerText ?? '').includes({json.dumps(words)})"
        )

    def choose(self, word: str) -> None:
        """Choose an offered word by mouse: the Enter key counts only after it was offered for a while."""
        options = "[...document.querySelectorAll('.cm-tooltip-autocomplete li')]"
        option = f"{options}.find(one => one.innerText.split('\\n')[0].trim() === {json.dumps(word)})"
        self.browser.wait(f"{option} !== undefined")
        self.browser.ask(f"{option}.dispatchEvent(new MouseEvent('mousedown', {{bubbles: true}}))")

    def line(self) -> str:
        """The text of the line where the cursor is."""
        return str(self.browser.ask("document.querySelector('.cm-activeLine')?.textContent ?? ''"))

    def begin(self, name: str, number: str) -> None:
        """Ask for a new dialplan."""
        self.click("#new")
        self.browser.wait("document.querySelector('#new-name') !== null")
        for field, value in (("#new-name", name), ("#new-number", number)):
            self.browser.ask(f"document.querySelector('{field}').focus()")
            if value:
                self.browser.type(value)
        self.click("dialog form button.main")

    def publish(self, author: str, note: str) -> None:
        self.press("s", modifiers=CONTROL)
        self.confirm(author, note)

    def confirm(self, author: str, note: str) -> None:
        """Fill in the dialog of a publication, and publish."""
        self.browser.wait("document.querySelector('form.publish') !== null")
        for field, value in (("author", author), ("note", note)):
            self.browser.ask(f"document.querySelector('#{field}').value = {json.dumps(value)}")
        self.click("form.publish button.main")
