"""What a check has found, and the two questions that are the same for every platform."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import aiohttp

from clinic.channels.messaging import calls
from clinic.channels.messaging.platform import NotNow


class Report:
    """Prints each finding as it is made; ``is_good`` until one is not."""

    def __init__(self) -> None:
        self.is_good = True

    def note(self, *, good: bool, said: str, otherwise: str = "") -> bool:
        """Print a finding, or what to do where it is not as it should be; return whether it is."""
        print(f"✓ {said}" if good else f"✗ {otherwise or said}")
        self.is_good = self.is_good and good
        return good


async def ask(session: aiohttp.ClientSession, url: str, report: Report, **what: Any) -> tuple[int, Any]:
    """Ask a platform's API; (0, None) where it does not answer, which is reported."""
    try:
        return await calls.call(session, url, **what)
    except NotNow as problem:
        report.note(good=False, said=f"The platform's API: {problem}. Are token and network all right?")
        return 0, None


def is_reachable_by_others(webhook: str, report: Report) -> None:
    """Say whether an address is one that a platform would call."""
    report.note(
        good=webhook.startswith("https://"),
        said=f"The webhook's address is {webhook}",
        otherwise=f"{webhook} is no https address: platforms call no other. Set PUBLIC_URL in .env.",
    )


async def takes_signed_only(
    session: aiohttp.ClientSession, webhook: str, body: bytes, headers: dict[str, str], report: Report
) -> None:
    """Call the webhook as the platform would, with nothing in it: once signed, once not."""
    kind = {"Content-Type": headers.get("Content-Type", "application/json")}
    signed = await _status(session, webhook, body, headers)
    bare = await _status(session, webhook, body, kind)
    report.note(
        good=signed == HTTPStatus.OK,
        said="The webhook takes what is signed",
        otherwise=_why(signed),
    )
    report.note(
        good=bare == HTTPStatus.FORBIDDEN,
        said="The webhook refuses what is not signed",
        otherwise=f"The webhook answers {bare or 'nothing'} to what is not signed; 403 is right. "
        "Does something else answer at this address?",
    )


def _why(status: int) -> str:
    """Return what a webhook's wrong answer means."""
    restart = "restart the assistant after changing .env, and"
    reasons = {
        0: "The webhook cannot be reached: does the assistant run, and does PUBLIC_URL lead to it?",
        HTTPStatus.FORBIDDEN: f"The webhook refuses what is signed: {restart} let PUBLIC_URL be exactly "
        "the address that the platform calls.",
        HTTPStatus.NOT_FOUND: f"Nothing is at the webhook's address: {restart} let the web server in "
        "front pass /webhooks/ on.",
    }
    return reasons.get(status, f"The webhook answers {status}; 200 is right.")


async def _status(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0
