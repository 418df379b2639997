"""A real server and a real browser. Every page that loads is checked for accessibility by itself,
and any request to another site fails the test: nobody has to remember either."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from openscrutiny.base.codes import code_at
from openscrutiny.base.demonstration_accounts import Account, read_accounts
from tests.city import DATASETS, build_city

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
COMMAND = [sys.executable, "-m", "openscrutiny.config.cli"]
WIDTHS = {"wide": 1280, "narrow": 320}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    """Where the browser is; a failure that says what to install, unless it was excused."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None or not AXE.is_file():
        reason = "NOT RUN: Chromium or the accessibility checker is missing (make setup-test)"
        if "browser" in os.environ.get("ALLOW", "").split(","):
            pytest.skip(reason)
        pytest.fail(reason)
    return found


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chromium()
    folder = tmp_path_factory.mktemp("site")
    build_city(folder)
    return folder


@pytest.fixture(scope="session")
def site(home: Path) -> Iterator[str]:
    """The address of the product, served as it is served to people."""
    with serving(home) as address:
        yield address


def environment(home: Path) -> dict[str, str]:
    """The environment of a product whose state lies in a home of its own."""
    return {
        **os.environ,
        "OPENSCRUTINY_HOME": str(home),
        "OPENSCRUTINY_CHANCE_DATASETS": str(DATASETS),
        "PYTHONPATH": str(ROOT),
    }


def product(home: Path, *arguments: str) -> None:
    """Carry out a command of the product in a home of its own."""
    command = [*COMMAND, *arguments]
    subprocess.run(command, env=environment(home), check=True, capture_output=True, timeout=300)


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Serve the place in use of a home, its findings computed and its accounts made."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = environment(home)
    product(home, "findings")
    accounts = (
        "from openscrutiny.config.pages_commands import start_django; start_django();"
        "from openscrutiny.config.run_commands import ensure_accounts;"
        "from openscrutiny.warehouse.places import current;"
        "ensure_accounts(current());"
        "from openscrutiny.config.run_commands import tell_story;"
        "current().areas.invented and tell_story()"
    )
    subprocess.run([sys.executable, "-c", accounts], env=env, check=True, timeout=180)
    log = (home / "server.log").open("w")
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port)], env=env, stdout=log, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert server.poll() is None, "the server stopped by itself"
        try:
            with urlopen(f"{address}/accessibility/", timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail("The server did not answer.")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for each file: while it runs, its event loop keeps Django's database shut, so it
    may not outlive the journeys when other tests follow in the same process."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()


# The session cookies of accounts that signed in, by site and name.
_SESSIONS: dict[tuple[str, str], Any] = {}


class Reader:
    """A person at a browser. After everything they do, a page that is new is checked: for
    accessibility, for requests to other sites, for what the browser complains of."""

    def __init__(
        self, context: BrowserContext, site: str, home: Path, *, twin: BrowserContext | None = None
    ) -> None:
        self.site = site
        self.home = home
        self.wrong: list[str] = []
        self.checked = 0
        self._seen = 0.0
        self.page: Page = context.new_page()
        self.twin: Page | None = twin.new_page() if twin else None
        self.page.on("request", lambda r: self._foreign(r.url))
        self.page.on("pageerror", lambda e: self.wrong.append(f"{self.page.url}: {e}"))
        self.page.on("console", self._complaint)

    def go(self, path: str) -> Reader:
        self.page.goto(self.site + path)
        return self._look()

    def press(self, key: str, times: int = 1) -> Reader:
        for _ in range(times):
            self.page.keyboard.press(key)
        return self._look()

    def press_to_go(self, key: str) -> Reader:
        """Press a key that leads to another page, and wait for that page however long it takes."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        return self._look()

    def click(self, target: Locator) -> Reader:
        """Click, and where that leads to another page wait for it however long it takes."""
        if target.evaluate("e => e.closest('a[href], button') !== null"):
            with self.page.expect_navigation():
                target.click()
        else:
            target.click()
        return self._look()

    def sign_in(self, name: str, *, afresh: bool = False) -> Reader:
        """Sign in as a demonstration account, by the pages for it, with password and code.

        A session that an earlier reader opened is used again while it lasts, because a code is
        taken only once; ``afresh`` insists on the pages.
        """
        kept = _SESSIONS.get((self.site, name))
        if kept and not afresh:
            self.page.context.add_cookies(kept)
            if f"Signed in as {name}" in self.go("/accessibility/").text():
                return self
            self.page.context.clear_cookies()
        account = self.account(name)
        self.go("/sign-in/")
        self.page.get_by_label("Name of the account").fill(name)
        self.page.get_by_label("Password").fill(account.password)
        self.click(self.page.get_by_role("main").get_by_role("button", name="Sign in"))
        self.give_fresh_code(account)
        assert f"Signed in as {name}" in self.text()
        cookies = [c for c in self.page.context.cookies() if c["name"] == "sessionid"]
        _SESSIONS[self.site, name] = cookies
        return self

    def account(self, name: str) -> Account:
        """A demonstration account, with its password and the key of its second factor."""
        known = read_accounts(self.home / (self.home / "current").read_text().strip())
        return next(a for a in known if a.username == name)

    def give_code(self, code: str) -> Reader:
        self.page.get_by_label("Code", exact=True).fill(code)
        return self.click(self.page.get_by_role("button", name="Continue"))

    def give_fresh_code(self, account: Account) -> Reader:
        """Give a code that was not used. Those before and after the present one are taken too."""
        for steps in (-1, 0, 1):
            self.give_code(code_at(account.key, time.time(), steps=steps))
            if "/sign-in/code/" not in self.page.url:
                break
        return self

    def status(self) -> int:
        """What the server answered for the page that is shown."""
        said: int = self.page.evaluate(
            "() => Number(document.documentElement.dataset.answer)"
            " || performance.getEntriesByType('navigation')[0].responseStatus"
        )
        return said

    def text(self) -> str:
        return self.page.inner_text("body")

    def focused(self) -> str:
        """The words of what has the keyboard's focus, or its name."""
        found: str = self.page.evaluate(
            "() => (document.activeElement.innerText || document.activeElement.name || '').trim()"
        )
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        wide: int = self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide

    def _look(self) -> Reader:
        born = self._born()
        if born != self._seen:
            self._seen = born
            self.checked += 1
            self._accessible()
        return self

    def _born(self) -> float:
        """When the page that is shown was loaded; waits where another is on its way.

        A script may have put another page in its place, which is new as well.
        """
        for _ in range(20):
            self.page.wait_for_load_state("load")
            try:
                found: float = self.page.evaluate(
                    "() => performance.timeOrigin"
                    " + Number(document.documentElement.dataset.answers ?? 0)"
                )
            except PlaywrightError:  # the page went away while it was asked
                self.page.wait_for_timeout(50)
            else:
                return found
        raise AssertionError(f"{self.page.url} never settled")

    def _accessible(self) -> None:
        """Check the page that is shown. The check is a script: where the page's own scripts are
        switched off, the same document is opened beside it with scripts on."""
        page = self.twin or self.page
        if self.twin:
            document = self.page.content()
            self.twin.route(
                self.page.url,
                lambda route: route.fulfill(body=document, content_type="text/html; charset=utf-8"),
                times=1,
            )
            self.twin.goto(self.page.url)
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        for violation in found["violations"]:
            where = "; ".join(str(n["target"]) for n in violation["nodes"][:4])
            self.wrong.append(f"{self.page.url}: {violation['id']}: {violation['help']} ({where})")

    def _foreign(self, url: str) -> None:
        if not url.startswith((self.site, "data:", "about:")):
            self.wrong.append(f"{self.page.url}: a request to {url}")

    def _complaint(self, message: ConsoleMessage) -> None:
        # A page that says 403, 404 or 422 on purpose is reported by the browser as well.
        if (
            message.type == "error"
            and "the server responded with a status of 4" not in message.text
        ):
            self.wrong.append(f"{self.page.url}: {message.text}")


Open = Callable[..., Reader]


@pytest.fixture
def reader(browser: Browser, site: str, home: Path) -> Iterator[Open]:
    """Makes readers of the site. The test fails at its end if anything was wrong on any page."""
    with reading(browser, site, home) as sat_down:
        yield sat_down


@contextmanager
def reading(browser: Browser, site: str, home: Path) -> Iterator[Open]:
    """Makes readers. The test fails at its end if anything was wrong on any page they saw."""
    readers: list[Reader] = []

    def sat_down(
        *, width: str = "wide", scripts: bool = True, colours: str = "light", forced: bool = False
    ) -> Reader:
        def context(*, scripts: bool) -> BrowserContext:
            made = browser.new_context(
                viewport={"width": WIDTHS[width], "height": 900},
                java_script_enabled=scripts,
                color_scheme="dark" if colours == "dark" else "light",
                forced_colors="active" if forced else "none",
            )
            if scripts:
                made.add_init_script(path=AXE)
            return made

        twin = None if scripts else context(scripts=True)
        readers.append(Reader(context(scripts=scripts), site, home, twin=twin))
        return readers[-1]

    yield sat_down
    wrong = [w for one in readers for w in one.wrong]
    for one in readers:
        one.page.context.close()
        if one.twin:
            one.twin.context.close()
    assert wrong == []
