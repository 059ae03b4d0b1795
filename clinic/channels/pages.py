"""The assistant's own pages: the chat, and the privacy notice."""

from __future__ import annotations

import html
from urllib.parse import urlsplit

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from clinic.channels.files import WIDGET
from clinic.conversation import notice
from clinic.settings import ClinicFile, clinic

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'{media}; "
    "media-src 'self'{media}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)


async def chat(_request: Request) -> HTTPResponse:
    """Return the chat page with this clinic's name."""
    page = (WIDGET / "index.html").read_text(encoding="utf-8")
    media = media_origins(clinic())
    page = page.replace("The clinic", html.escape(clinic().name)).replace('media=""', f'media="{media}"')
    return _page(page, media)


async def privacy(_request: Request) -> HTTPResponse:
    """Return the privacy notice that visitors accept."""
    page = (WIDGET / "privacy.html").read_text(encoding="utf-8")
    paragraphs = "\n".join(f"<p>{html.escape(line)}</p>" for line in notice.text(clinic()).splitlines())
    page = page.replace("The clinic", html.escape(clinic().name)).replace("<p>Notice</p>", paragraphs)
    return _page(page.replace("Version", f"Version {notice.version(clinic())}"), "")


def media_origins(settings: ClinicFile) -> str:
    """Return the origins, separated by spaces, whose pictures and videos the chat may show."""
    addresses = (urlsplit(url) for url in (settings.website, settings.video_url) if url)
    origins = {f"https://{url.netloc}" for url in addresses if url.scheme == "https" and url.netloc}
    return " ".join(sorted(html.escape(origin) for origin in origins if ";" not in origin))


def _page(text: str, media: str) -> HTTPResponse:
    policy = POLICY.format(media=f" {media}" if media else "")
    return response.html(text, headers={"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"})
