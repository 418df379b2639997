"""The hands of somebody at a browser: with a mouse, or with the keyboard alone.

A journey is told once and gone through with either. By keyboard everything is reached with Tab, as
a person would who has no mouse, and what has the focus must be in sight.
"""

from __future__ import annotations

import re
from datetime import date, time

from playwright.sync_api import Locator

from tests.journeys.conftest import Reader

STOPS = 400  # more than any page has
_IN_SIGHT = (
    "e => { const at = e.getBoundingClientRect(); const label = e.labels && e.labels[0];"
    "const box = at.height > 1 ? at : label.getBoundingClientRect();"
    "return box.width > 0 && box.bottom > 0 && box.top < innerHeight }"
)
_SAVED = "Everything you wrote is saved."


def called(name: str) -> re.Pattern[str]:
    """A button of which a part is said and not shown, such as whose it is."""
    said = r"\W+".join(re.escape(part) for part in name.split(": "))
    return re.compile(rf"^\W*{said}\W*$")


class Hands:
    """What somebody does on a page: presses, follows, writes, chooses. Every page that comes of it
    is checked as the reader checks it, and is no wider than the window."""

    def __init__(self, person: Reader, *, keyboard: bool = False, scripts: bool = True) -> None:
        self.person = person
        self.keyboard = keyboard
        self.scripts = scripts

    def sign_in(self, name: str) -> Hands:
        self.person.sign_in(name)
        return self

    def go(self, path: str) -> Hands:
        self.person.go(path)
        return self

    @property
    def main(self) -> Locator:
        return self.person.page.get_by_role("main")

    @property
    def address(self) -> str:
        """Where they are: the path, without the name of the site."""
        return self.person.page.url.removeprefix(self.person.site)

    def text(self) -> str:
        return self.person.text()

    def part(self, name: str) -> str:
        """The words of a part of the page."""
        return self.person.page.locator(f"#{name}").inner_text()

    def field(self, name: str) -> Locator:
        """What is filled in: by its label, or by the name of the field."""
        named = self.main.locator(f"[name='{name}']:visible")
        return (named if named.count() else self.main.get_by_label(name)).first

    def press(self, name: str) -> Hands:
        """Press a button that leads to a page."""
        return self._go_on(self._button(name))

    def follow(self, name: str) -> Hands:
        return self._go_on(self.main.get_by_role("link", name=name).first)

    def keep(self, name: str) -> Hands:
        """Press a button that scripts answer without another page, and wait until it is saved."""
        if not self.scripts:
            return self.press(name)
        self._set_off(self._button(name))
        self.person.page.get_by_text(_SAVED).wait_for(timeout=15000)
        return self

    def unfold(self, words: str) -> Hands:
        """Open what is folded away, unless it is open already."""
        folded = self.main.locator("details").filter(has=self.person.page.get_by_text(words)).first
        if folded.get_attribute("open") is None:
            self._set_off(folded.locator("summary"))
        return self

    def write(self, **said: str | date | time) -> Hands:
        """Write into fields, each by its name."""
        for name, words in said.items():
            self._write(self.field(name), words)
        return self

    def write_in(self, label: str, words: str) -> Hands:
        self._write(self.field(label), words)
        return self

    def choose(self, field: str, option: str) -> Hands:
        """Choose from a list the first that shows these words."""
        listed = self.field(field)
        options = [one.strip() for one in listed.locator("option").all_inner_texts()]
        place = next(n for n, shown in enumerate(options) if option in shown)
        if not self.keyboard:
            listed.select_option(index=place)
            return self
        self._reach(listed)
        self.person.page.keyboard.press("Home")
        self.person.press("ArrowDown", times=place)
        assert listed.evaluate("e => e.selectedIndex") == place
        return self

    def mark(self, label: str) -> Hands:
        """Choose one of several answers that stand below each other."""
        answer = self.main.get_by_label(label).first
        if not self.keyboard:
            answer.check()
            return self
        group = self.main.locator(f"[name='{answer.get_attribute('name')}']")
        self._reach(group)
        for _ in range(group.count()):
            if answer.evaluate("e => e === document.activeElement"):
                break
            self.person.press("ArrowDown")
        self.person.press("Space")
        assert answer.is_checked()
        return self

    def _button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=called(name)).locator("visible=true").first

    def _go_on(self, target: Locator) -> Hands:
        if self.keyboard:
            self._reach(target)
            self.person.press_to_go("Enter")
        else:
            self.person.click(target)
        assert self.person.overflow() == 0, f"{self.address} is wider than the window"
        return self

    def _set_off(self, target: Locator) -> None:
        if self.keyboard:
            self._reach(target)
            self.person.press("Enter")
        else:
            target.click()

    def _write(self, field: Locator, words: str | date | time) -> None:
        if not self.keyboard:
            field.fill(words.strftime("%H:%M") if isinstance(words, time) else str(words))
            return
        self._reach(field)
        keyboard = self.person.page.keyboard
        if isinstance(words, date):
            keyboard.type(words.strftime("%m%d%Y"))
        elif isinstance(words, time):
            keyboard.type(words.strftime("%I%M%p"))
        else:
            keyboard.press("Control+A")
            keyboard.type(words)

    def _reach(self, target: Locator) -> None:
        """Tab until one of the targets has the focus; it must be in sight then."""
        wanted = target.element_handles()
        assert wanted, f"there is no {target} on {self.address}"
        for _ in range(STOPS):
            at = self.person.page.evaluate(
                "all => all.findIndex(one => one === document.activeElement)", wanted
            )
            if at >= 0:
                assert wanted[at].evaluate(_IN_SIGHT), f"{target} has the focus, out of sight"
                return
            self.person.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by keyboard on {self.address}")
