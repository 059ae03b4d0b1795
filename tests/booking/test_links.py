from __future__ import annotations

from datetime import timedelta

import jwt
import pytest

from clinic.booking import links
from clinic.booking.links import CALENDAR, MANAGE, LinkExpired, LinkInvalid
from clinic.channels import token as chat
from clinic.channels.door import Refused
from clinic.secret import TOKENS, secret


def token_of(address):
    return address.rpartition("/")[2].removesuffix(".ics")


def test_a_manage_link_opens_its_own_appointment(monday):
    assert links.opened(token_of(links.manage_url("ABC-234", monday)), MANAGE) == "ABC-234"


def test_a_calendar_address_changes_nothing_and_a_manage_link_is_no_calendar(monday):
    with pytest.raises(LinkInvalid):
        links.opened(token_of(links.calendar_url("ABC-234", monday)), MANAGE)
    with pytest.raises(LinkInvalid):
        links.opened(token_of(links.manage_url("ABC-234", monday)), CALENDAR)


def test_a_chats_token_opens_no_appointment_and_a_link_no_chat(monday):
    with pytest.raises(LinkInvalid):
        links.opened(chat.issue()[0], MANAGE)
    with pytest.raises(Refused):
        chat.conversation_of(f"Bearer {token_of(links.manage_url('ABC-234', monday))}")


def test_a_link_ends_a_week_after_the_appointment_by_the_clinics_clock(monday, monkeypatch):
    token = token_of(links.manage_url("ABC-234", monday))
    monkeypatch.setenv("CLINIC_NOW", (monday + timedelta(days=7, seconds=-1)).isoformat())
    assert links.opened(token, MANAGE) == "ABC-234"
    monkeypatch.setenv("CLINIC_NOW", (monday + timedelta(days=7)).isoformat())
    with pytest.raises(LinkExpired):
        links.opened(token, MANAGE)


def test_what_was_not_signed_here_opens_nothing(monday):
    good = token_of(links.manage_url("ABC-234", monday))
    head, body, signature = good.split(".")
    claims = {"sub": "ABC-234", "aud": MANAGE, "exp": 4_000_000_000}
    forged = [
        "",
        "x",
        "..",
        f"{head}.{body}.",
        f"{head}.{body[:-2]}AA.{signature}",
        jwt.encode(claims, "another key of some length, as keys should have", "HS256"),
        jwt.encode(claims, None, "none"),
        jwt.encode({"sub": "ABC-234", "aud": MANAGE}, secret(TOKENS), "HS256"),
        jwt.encode(claims | {"exp": 10**18}, secret(TOKENS), "HS256"),
        "\u00e9" * 20,
        "a" * 10_000,
    ]
    for token in forged:
        with pytest.raises(LinkInvalid):
            links.opened(token, MANAGE)


def test_links_begin_with_the_public_address(monday, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://chat.clinic.example/assistant/")
    assert links.manage_url("ABC-234", monday).startswith(
        "https://chat.clinic.example/assistant/appointment/"
    )
    assert links.calendar_url("ABC-234", monday).endswith(".ics")
