"""What is measured of a widget in a browser, while its server runs."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, Response

from evaluation.widgets.contestants import Contestant

SETTLED = 2500  # milliseconds
WATCH = """addEventListener('securitypolicyviolation',
  () => { window.violations = (window.violations ?? 0) + 1 }, true)"""
ALL = """(selector) => {
  const root = document.querySelector(selector), all = [];
  const walk = (node) => {
    all.push(node);
    for (const child of node.shadowRoot?.children ?? []) if (child.localName !== 'style') walk(child);
    for (const child of node.children) walk(child);
  };
  if (root) walk(root);
  return all.slice(1);
}"""
STYLES = f"""(selector) => ({ALL})(selector).map((node) => {{
  const style = getComputedStyle(node);
  return [...style].sort().map((name) => name + ':' + style.getPropertyValue(name)).join(';');
}})"""
LIVE = f"""(selector) => ({ALL})(selector)
  .filter((node) => ['log', 'status', 'alert'].includes(node.role ?? node.getAttribute('role'))
    || ['polite', 'assertive'].includes(node.ariaLive))
  .some((node) => node.textContent.includes('needle'))"""


@dataclass(frozen=True)
class Measured:
    """One widget's figures.

    Attributes:
        bytes: JavaScript and style sheets until the chat is open, each gzipped.
        violations: Events of the content security policy, opening included; None: it does not come up.
        restyled: Elements whose computed style a hostile style sheet changes, and how many there are.
        barriers: Rules of axe that the open chat breaks (WCAG A, AA, 2.2 and best practice).
        announced: Whether a new message is in a live region.

    """

    bytes: int
    violations: int
    comes_up: bool
    restyled: tuple[int, int]
    barriers: list[str]
    announced: bool


def measure(browser: Browser, one: Contestant, pages: str) -> Measured:
    """Open a contestant's page in the ways that matter."""
    size = _size(browser, one, pages)
    page = _open(browser, one, f"{pages}/page")
    say(page, one, "needle")
    page.wait_for_timeout(SETTLED)
    barriers = [
        v["id"]
        for v in Axe().run(page, options={"rules": {"target-size": {"enabled": True}}}).response["violations"]
    ]
    announced = bool(page.evaluate(LIVE, one.root))
    page.context.close()
    violations, comes_up = _policy(browser, one, pages)
    calm, hostile = (_styles(browser, one, f"{pages}/page{query}") for query in ("", "?hostile"))
    pairs = list(zip(calm, hostile, strict=False))
    changed = sum(a != b for a, b in pairs) + abs(len(calm) - len(hostile))
    return Measured(size, violations, comes_up, (changed, len(calm)), barriers, announced)


def open_chat(page: Page, one: Contestant) -> None:
    """Open the chat as a visitor does. Raises playwright's Error when it does not come up."""
    if one.launcher:
        page.locator(one.launcher).first.click(timeout=10_000)
    page.locator(one.box).first.wait_for(timeout=10_000)


def say(page: Page, one: Contestant, text: str, milliseconds: float = 10_000) -> None:
    """Write a message and send it. Raises playwright's Error when it cannot be written."""
    box = page.locator(one.box).first
    box.click(timeout=milliseconds)
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def _open(browser: Browser, one: Contestant, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce").new_page()
    page.goto(address)
    open_chat(page, one)
    return page


def _size(browser: Browser, one: Contestant, pages: str) -> int:
    page = browser.new_context().new_page()
    found: list[Response] = []

    def note(response: Response) -> None:
        found.append(response)

    page.on("response", note)
    page.goto(f"{pages}/page")
    open_chat(page, one)
    page.wait_for_timeout(SETTLED)
    code = [
        r for r in found if r.request.resource_type in {"script", "stylesheet"} and "start.js" not in r.url
    ]
    total = sum(len(gzip.compress(r.body(), mtime=0)) for r in code)
    page.context.close()
    return total


def _policy(browser: Browser, one: Contestant, pages: str) -> tuple[int, bool]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(f"{pages}/page?strict")
    try:
        open_chat(page, one)
        say(page, one, "needle")
        comes_up = True
    except Error:
        comes_up = False
    page.wait_for_timeout(SETTLED)
    violations = int(page.evaluate("window.violations ?? 0"))
    context.close()
    return violations, comes_up


def _styles(browser: Browser, one: Contestant, address: str) -> list[Any]:
    page = _open_somehow(browser, one, address)
    page.wait_for_timeout(SETTLED)
    styles = page.evaluate(STYLES, one.root)
    page.context.close()
    return list(styles)


def _open_somehow(browser: Browser, one: Contestant, address: str) -> Page:
    """Open the chat also where a style sheet has moved its button out of a visitor's reach."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce").new_page()
    page.goto(address)
    if one.launcher:
        page.locator(one.launcher).first.dispatch_event("click", timeout=10_000)
    page.locator(one.box).first.wait_for(state="attached", timeout=10_000)
    return page
