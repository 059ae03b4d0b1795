"""Messenger: the page, its webhook and what it is subscribed to."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp

from clinic.channels.checks.meta import authorised, check_webhook
from clinic.channels.checks.report import Report, ask
from clinic.channels.messaging.platform_json import dig, objects_at, text_at
from clinic.channels.messenger import GET_STARTED
from clinic.settings.environment.channels import Access

FIELDS = frozenset({"messages", "messaging_postbacks"})


async def check(session: aiohttp.ClientSession, access: Access, webhook: str, report: Report) -> None:
    """Check the token, the webhook and the page's subscription, and set the button that begins a chat."""
    headers = authorised(access)
    status, page = await ask(session, f"{access.api}/me", report, method="GET", headers=headers)
    named = text_at(page, "name")
    good = report.note(
        good=status == HTTPStatus.OK and bool(named),
        said=f"The token is that of the page {named!r}",
        otherwise=f"The token opens no page: {text_at(page, 'error', 'message') or status}",
    )
    if not good:
        return
    await check_webhook(session, access, webhook, b'{"object": "page", "entry": []}', report)
    _, apps = await ask(session, f"{access.api}/me/subscribed_apps", report, method="GET", headers=headers)
    fields = {field for app in objects_at(apps, "data") for field in dig(app, "subscribed_fields") or []}
    report.note(
        good=fields >= FIELDS,
        said="The page is subscribed to messages and postbacks",
        otherwise=f"Subscribe the page to {' and '.join(sorted(FIELDS - fields))} (in Webhooks)",
    )
    begin = {"get_started": {"payload": GET_STARTED}}
    status, _ = await ask(session, f"{access.api}/me/messenger_profile", report, json=begin, headers=headers)
    report.note(
        good=status == HTTPStatus.OK,
        said="A chat begins with the button Get Started",
        otherwise=f"The button Get Started could not be set ({status})",
    )
