"""The dialplan editor in a real Chromium: marks, completion, picture, call tests, publishing, conflicts."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from ivrcore.lab.groups import chromium
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.web import assets
from ivrcore.web.assets import EditorFiles
from tests.web.browser import Browser
from tests.web.editor_page import EditorPage
from tests.web.served import TOKEN
from tests.web.served_dialplans import SAMPLE, ServedDialplans

SHOP = """\
name: shop
numbers: {"6000": hello}
blocks:
  hello: [{say: A shop.}, {queue: general}]
"""
WELCOME = 17
"""The line of the sample with `- menu: main`."""


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServedDialplans]:
    pytest_twisted.blockon(deferLater(reactor, 0))  # the loop runs from here on: the library needs it
    made = ServedDialplans(tmp_path, **getattr(request, "param", {}))
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.stop()))


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests here, to be quick; what the page keeps is kept by address, and each has its own."""
    started = chromium()
    made = Browser(started.command, tmp_path_factory.mktemp("chromium"), started.environment)
    yield made
    made.close()


@pytest.fixture
def browser(chrome: Browser) -> Browser:
    chrome.open("about:blank")
    chrome.wait("location.href === 'about:blank'")
    chrome.call("Network.clearBrowserCookies")
    chrome.size(1280, 800)
    chrome.problems.clear()
    return chrome


Opened = Callable[[Callable[[EditorPage], None]], "object"]


@pytest.fixture
def opened(served: ServedDialplans, browser: Browser) -> Opened:
    """Runs a function on the opened page, away from the reactor."""

    def run(use: Callable[[EditorPage], None]) -> object:
        return deferToThread(lambda: use(EditorPage(browser, served.server.url, TOKEN)))

    return run


@ensureDeferred
async def test_given_a_mistake_when_typed_then_it_is_marked_at_its_place_with_code_and_hint(
    opened: Opened, browser: Browser
) -> None:
    def use(page: EditorPage) -> None:
        assert page.words("#found") == "no problems"
        page.put_cursor(WELCOME)
        page.press("Backspace", 4)
        browser.type("mian")
        browser.wait("document.querySelectorAll('.cm-lintRange-error').length === 1")
        assert page.words(".cm-lintRange-error") == "mian"
        assert "menu: mian" in str(
            browser.ask("document.querySelector('.cm-lintRange-error').closest('.cm-line').textContent")
        )
        assert page.words("#found") == "1 error"
        shown = page.words("#problems")
        assert all(
            part in shown for part in ("17:13", "DP201", "there is no menu 'mian'", "did you mean 'main'?")
        )
        page.put_cursor(1)
        page.click("#problems button")
        assert page.line() == "    - menu: mian"
        page.press("End")
        page.press("Backspace", 4)
        browser.type("main")
        page.wait_words("#found", "no problems")
        assert browser.ask("document.querySelectorAll('.cm-lintRange-error').length") == 0
        assert browser.problems == []

    await opened(use)


@ensureDeferred
async def test_given_a_new_step_then_verbs_and_names_are_offered_and_explained(
    opened: Opened, browser: Browser
) -> None:
    def offered() -> list[str]:
        browser.wait("document.querySelector('.cm-tooltip-autocomplete li') !== null")
        return list(
            browser.ask("[...document.querySelectorAll('.cm-completionLabel')].map(one => one.textContent)")
        )

    def middle(word: str) -> dict[str, float]:
        spans = "document.querySelectorAll('.cm-activeLine span')"
        box = f"[...{spans}].find(one => one.textContent === {word!r}).getBoundingClientRect()"
        return dict(browser.ask(f"(box => ({{x: box.x + box.width / 2, y: box.y + 8}}))({box})"))

    def use(page: EditorPage) -> None:
        page.put_cursor(22)
        page.press("Enter")
        browser.type("- ")
        assert {"say", "menu", "queue", "goto", "hang_up"} <= set(offered())
        browser.type("go")
        page.choose("goto")
        browser.wait("document.querySelector('.cm-completionLabel')?.textContent === 'agent'")
        assert offered() == ["agent", "cards", "main", "sorry", "welcome"]
        browser.type("so")
        page.choose("sorry")
        assert page.line() == "    - goto: sorry"
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", **middle("goto"))
        page.wait_words(".explained", "go on there")
        assert browser.problems == []

    await opened(use)


@ensureDeferred
async def test_given_a_change_when_published_then_new_calls_get_it_and_the_versions_tell_who_and_why(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    def use(page: EditorPage) -> None:
        assert browser.ask("document.querySelector('#publish').disabled")
        page.put_cursor(16)
        browser.type(" Hello")
        page.wait_words("#state", "not published")
        page.publish("Ann", "greet")
        page.wait_words("#notice", "is published: new calls get it")
        assert "Example Bank. Hello" in served.text
        assert "Example Bank. Hello" in served.file.read_text()
        kept = served.ask("GET", "/hotline/versions")["versions"][0]
        assert (kept["author"], kept["note"], kept["how"]) == ("admin (Ann)", "greet", "editor")
        assert page.words("#state") == "as published"
        page.click("#tab-versions")
        page.wait_words("#versions li", "Ann")
        page.click_words("What it changed")
        page.wait_words("dialog .added", "Hello")
        assert "Hello" not in page.words("dialog .removed")
        page.press("Escape")
        page.click_words("Roll back")
        page.wait_words("dialog .removed", "Hello")
        browser.ask("document.querySelector('#note').value = 'a mistake'")
        page.click("form.publish button.main")
        page.wait_words("#notice", "Rolled back")
        assert "Hello" not in served.text
        assert "Hello" not in page.words(".cm-content")
        assert browser.problems == []

    await opened(use)


@ensureDeferred
async def test_given_errors_when_published_then_it_is_refused_with_the_way_to_the_first(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    def use(page: EditorPage) -> None:
        page.put_cursor(WELCOME)
        browser.type("x")
        page.wait_words("#found", "1 error")
        page.put_cursor(1)
        page.click("#publish")
        page.wait_words("#notice", "Not published: 1 error")
        assert page.line() == "    - menu: mainx"
        assert len(served.ask("GET", "/hotline/versions")["versions"]) == 1

    await opened(use)


@ensureDeferred
async def test_given_somebody_else_published_meanwhile_then_both_changes_can_be_put_together(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    def use(page: EditorPage) -> None:
        page.put_cursor(16)
        browser.type(" Hello")
        page.wait_words("#state", "not published")
        served.publish_as("Bob", "nine to five", "nine to six")
        page.publish("Ann", "greet")
        page.wait_words("dialog h2", "admin (Bob) published version")
        assert "nine to six" in page.words("dialog .added")
        page.click_words("Put both together")
        page.wait_words("#notice", "Both are put together")
        page.publish("Ann", "greet")
        page.wait_words("#notice", "is published: new calls get it")
        assert "Example Bank. Hello" in served.text
        assert "nine to six" in served.text

    await opened(use)


@ensureDeferred
async def test_given_both_changed_the_same_line_then_mine_stands_and_theirs_is_a_comment(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    def use(page: EditorPage) -> None:
        page.put_cursor(16)
        browser.type(" Hello")
        page.wait_words("#state", "not published")
        served.publish_as("Bob", "Welcome to Example Bank.", "Good day.")
        page.publish("Ann", "greet")
        page.click_words("Put both together")
        page.wait_words("#notice", "in 1 place both changed")
        assert "# theirs:     - say: Good day." in page.words(".cm-content")
        page.wait_words("#found", "no problems")

    await opened(use)


@ensureDeferred
async def test_given_text_that_is_not_published_when_the_tab_is_closed_then_it_is_there_again(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    def use(page: EditorPage) -> None:
        page.put_cursor(16)
        browser.type(" Hello")
        page.reload()
        page.wait_words("#notice", "not published yet")
        assert "Bank. Hello" in page.words(".cm-content")
        page.click_words("Drop it")
        assert "Hello" not in page.words(".cm-content")
        page.reload()
        assert page.words("#notice") == ""
        assert browser.problems == []

    await opened(use)


@ensureDeferred
async def test_given_two_dialplans_then_each_keeps_what_was_typed_into_it(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    def choose(page: EditorPage, name: str, words: str) -> None:
        browser.ask(f"document.querySelector('#plan').value = {name!r}")
        browser.ask("document.querySelector('#plan').dispatchEvent(new Event('change'))")
        page.wait_words(".cm-content", words)

    def use(page: EditorPage) -> None:
        served.ask("PUT", "/shop", {"text": SHOP, "base": ""})
        page.put_cursor(16)
        browser.type(" Hello")
        page.reload()
        choose(page, "shop", "A shop.")
        assert page.words("#state") == "as published"
        page.put_cursor(1)
        browser.type(" # mine")
        page.wait_words("#state", "not published")
        choose(page, "hotline", "Example Bank. Hello")
        choose(page, "shop", "# mine")
        assert browser.ask("location.hash") == "#shop"

    await opened(use)


@ensureDeferred
async def test_given_a_saved_file_with_errors_then_the_page_says_that_it_does_not_take_effect(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    served.file.write_text(served.file.read_text().replace("- menu: main", "- menu: mian"))

    def use(page: EditorPage) -> None:
        served.ask("POST", "/reload", {})
        page.reload()
        page.wait_words("#notice", "as it is saved has errors and does not take effect (line 17:")
        assert "menu: main" in page.words(".cm-content")

    await opened(use)


@ensureDeferred
async def test_given_a_sound_text_then_the_picture_shows_its_menus_and_leads_to_them(
    opened: Opened, browser: Browser
) -> None:
    def use(page: EditorPage) -> None:
        nodes = "document.querySelectorAll('#picture g.node')"
        browser.wait(f"{nodes}.length > 6")
        drawn = browser.ask(f"{nodes}.length")
        browser.ask(
            f"[...{nodes}].find(one => one.dataset.title === 'menu:cards')"
            ".querySelector('text').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
        )
        assert page.line() == "  cards:"
        page.press("End")
        page.press("Enter")
        browser.type("- x")
        page.wait_words("#picture", "last text without errors")
        assert browser.ask(f"{nodes}.length") == drawn
        page.press("Backspace", 3)
        page.wait_words("#picture", "Figures of callers come with what is published")
        assert browser.problems == []

    await opened(use)


@ensureDeferred
async def test_given_call_tests_when_run_then_a_failure_leads_to_its_line_and_coverage_is_shown(
    opened: Opened, browser: Browser
) -> None:
    def use(page: EditorPage) -> None:
        page.click("#run")
        page.wait_words("#calltests", "0 failed.")
        assert "100 %" in page.words("#calltests")
        page.put_cursor(SAMPLE.splitlines().index("          - menu: cards") + 1)
        page.press("Backspace", len("cards"))
        browser.type("main")
        page.click("#run")
        browser.wait("document.querySelector('#calltests li.failed button') !== null")
        assert "expected to hear" in page.words("#calltests li.failed")
        page.click("#calltests li.failed button")
        assert page.line() == "  main:"
        assert browser.problems == []

    await opened(use)


@ensureDeferred
async def test_given_no_session_then_the_page_asks_for_the_token_and_the_api_refuses(
    served: ServedDialplans, browser: Browser
) -> None:
    def use() -> None:
        api = f"{served.server.url}api/v1/dialplans"
        with pytest.raises(HTTPError, match="401"):
            LOOPBACK.open(api, timeout=5)
        page = EditorPage(browser, served.server.url, TOKEN)
        browser.call("Network.clearBrowserCookies")
        page.put_cursor(16)
        browser.type(" Hello")
        page.wait_words("#away", "not logged in")
        assert (
            browser.ask("document.querySelector('#away a').getAttribute('href')") == "/login?next=/dialplans"
        )
        with pytest.raises(HTTPError, match="401"):
            LOOPBACK.open(Request(api, headers={"Cookie": "ivrcore_session=guessed"}), timeout=5)

    await deferToThread(use)


@ensureDeferred
@pytest.mark.parametrize("served", [{"without": ("graph", "test", "schema")}], indirect=True)
async def test_given_a_server_without_pictures_tests_and_schema_then_the_page_says_so(
    opened: Opened, browser: Browser
) -> None:
    def use(page: EditorPage) -> None:
        page.wait_words("#picture", "draws no pictures")
        page.click("#run")
        page.wait_words("#calltests", "runs no call tests")
        page.wait_words("#help", "no schema")
        assert page.words("#found") == "no problems"

    await opened(use)


@ensureDeferred
@pytest.mark.parametrize("width", [1280, 800, 360])
async def test_given_a_width_then_nothing_is_wider_than_the_page(
    opened: Opened, browser: Browser, width: int
) -> None:
    def use(page: EditorPage) -> None:
        browser.size(width, 900)
        browser.wait(f"innerWidth === {width}")
        assert browser.ask("document.documentElement.scrollWidth") <= width
        for selector in ("#text", "#picture", "#publish"):
            right = browser.ask(f"document.querySelector('{selector}').getBoundingClientRect().right")
            assert right <= width

    await opened(use)


@ensureDeferred
async def test_given_the_keyboard_only_then_every_part_is_reached_and_the_text_can_be_left(
    opened: Opened, browser: Browser
) -> None:
    def use(page: EditorPage) -> None:
        browser.ask("document.querySelector('#run').focus()")
        page.press("Tab")  # the publish button is off: nothing was changed
        assert browser.ask("document.activeElement.classList.contains('cm-content')")
        assert browser.ask("document.activeElement.getAttribute('aria-label')") == "Text of the dialplan"
        page.press("Escape")
        page.press("Tab")
        reached = []
        for _ in range(8):
            reached.append(browser.ask("document.activeElement.id || document.activeElement.textContent"))
            page.press("Tab")
        assert {"tab-picture", "Fit"} <= set(reached)

    await opened(use)


@pytest.fixture(scope="module")
def plain_files(tmp_path_factory: pytest.TempPathFactory) -> EditorFiles:
    """What there is where npm could not be reached when ivrcore was installed."""
    web = tmp_path_factory.mktemp("web")
    (web / "built").mkdir()
    (web / "built/manifest.json").write_text('{"stamp": "", "reason": "npm could not fetch the packages"}')
    (web / "editor").symlink_to(Path(assets.__file__).parent / "editor")
    return EditorFiles(web)


@ensureDeferred
async def test_given_no_bundle_then_a_plain_page_says_why_checks_and_publishes(
    plain_files: EditorFiles, tmp_path: Path, browser: Browser
) -> None:
    served = ServedDialplans(tmp_path, editor=plain_files)

    def use() -> None:
        page = EditorPage(browser, served.server.url, TOKEN)
        assert "plain text area: npm could not fetch the packages" in page.words("#missing")
        browser.ask("document.querySelector('textarea').focus()")
        browser.ask("document.querySelector('textarea').setSelectionRange(0, 0)")
        browser.type("x")
        page.wait_words("#found", "error")
        page.press("Backspace")
        page.wait_words("#found", "no problems")
        browser.type("# plain")
        page.press("Enter")
        page.wait_words("#state", "not published")
        page.click("#publish")
        page.confirm("Ann", "")
        page.wait_words("#notice", "is published: new calls get it")
        assert served.text.startswith("# plain")
        page.click("#tab-versions")
        page.wait_words("#versions li", "Ann")
        assert browser.problems == []

    try:
        await deferToThread(use)
    finally:
        await served.stop()


@ensureDeferred
async def test_given_a_new_dialplan_when_published_then_it_is_saved_served_and_in_the_list(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    file = served.file.parent / "branch.yaml"

    def use(page: EditorPage) -> None:
        page.begin("branch", "7100")
        page.wait_words("#notice", "branch is new")
        page.wait_words("#found", "no problems")
        assert not file.exists()
        page.reload()
        page.wait_words("#notice", "branch is new")
        assert browser.ask("document.querySelector('#plan').value") == "branch"
        page.click("#publish")
        page.confirm("ada", "a branch of its own")
        page.wait_words("#notice", "is published")
        browser.wait(
            "[...document.querySelector('#plan').options].map(one => one.value).join() === 'branch,hotline'"
        )
        assert page.words("#state") == "as published"

    await opened(use)
    assert '"7100": welcome' in file.read_text()
    assert "7100" in served.library.numbers


@ensureDeferred
@pytest.mark.parametrize("name", ["../etc/x", "a/b", ".hidden", "hotline", "schema", ""])
async def test_given_a_name_that_cannot_be_when_beginning_then_the_form_refuses_it(
    opened: Opened, browser: Browser, name: str
) -> None:
    def use(page: EditorPage) -> None:
        page.begin(name, "7100")
        assert browser.ask("document.querySelector('#new-name').matches(':invalid')")
        assert browser.ask("document.querySelector('dialog[open]') !== null")
        assert browser.ask("location.hash") == "#hotline"

    await opened(use)


@ensureDeferred
async def test_given_a_draft_of_a_withdrawn_dialplan_when_begun_anew_then_it_goes_on(
    opened: Opened, browser: Browser
) -> None:
    def use(page: EditorPage) -> None:
        draft = {"text": "# of before\n", "base": "0123456789ab", "at": 0}
        browser.ask(f"localStorage.setItem('ivrcore.draft.branch', JSON.stringify({json.dumps(draft)}))")
        page.begin("branch", "7100")
        page.wait_words("#notice", "an earlier dialplan of this name")
        assert browser.ask("location.hash") == "#branch"
        assert "# of before" in browser.ask("document.querySelector('.cm-content').innerText")

    await opened(use)


@ensureDeferred
async def test_given_a_file_of_another_in_its_place_when_published_then_the_reason_is_told(
    opened: Opened, browser: Browser, served: ServedDialplans
) -> None:
    (served.file.parent / "branch.yaml").write_text("name: [broken")

    def use(page: EditorPage) -> None:
        page.begin("branch", "7100")
        page.wait_words("#notice", "branch is new")
        page.wait_words("#found", "no problems")
        page.click("#publish")
        page.confirm("ada", "")
        page.wait_words("#notice", "there is a file branch.yaml already")

    await opened(use)
    assert (served.file.parent / "branch.yaml").read_text() == "name: [broken"
