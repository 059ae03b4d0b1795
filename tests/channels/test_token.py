from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from clinic.channels.door import Refused
from clinic.channels.token import ALGORITHM, LIFETIME, conversation_of, issue

SOON = datetime.now(UTC) + timedelta(hours=1)


def secret(tmp_path):
    issue()
    return (tmp_path / "secret").read_text(encoding="ascii")


def refused(authorization):
    with pytest.raises(Refused) as refusal:
        conversation_of(authorization)
    return refusal.value.status


def test_a_token_opens_its_own_conversation():
    token, conversation, expires = issue()
    assert conversation_of(f"Bearer {token}") == conversation
    assert conversation.startswith("widget-")
    assert abs(expires - datetime.now(UTC) - LIFETIME) < timedelta(minutes=1)


def test_every_visitor_gets_another_conversation():
    assert len({issue()[1] for _ in range(50)}) == 50


def test_an_expired_token_is_told_apart_from_a_wrong_one(tmp_path):
    past = datetime.now(UTC) - timedelta(seconds=1)
    token = jwt.encode({"sub": "widget-1", "exp": past}, secret(tmp_path), ALGORITHM)
    assert refused(f"Bearer {token}") == 401


def test_a_token_changed_in_one_letter_opens_nothing():
    token, _, _ = issue()
    head, body, signature = token.split(".")
    changed = ("B" if body[5] == "A" else "A").join((body[:5], body[6:]))
    assert refused(f"Bearer {head}.{changed}.{signature}") == 403
    assert refused(f"Bearer {head}.{body}.{signature[::-1]}") == 403
    assert refused(f"Bearer {head}.{body}.") == 403


def test_a_token_of_another_clinic_opens_nothing():
    foreign = jwt.encode({"sub": "widget-1", "exp": SOON}, "another key" * 5, ALGORITHM)
    assert refused(f"Bearer {foreign}") == 403


def test_a_token_without_a_signature_opens_nothing():
    unsigned = jwt.encode({"sub": "widget-1", "exp": SOON}, None, "none")
    assert refused(f"Bearer {unsigned}") == 403


def test_a_token_signed_in_another_way_opens_nothing(tmp_path):
    other = jwt.encode({"sub": "widget-1", "exp": SOON}, secret(tmp_path), "HS512")
    assert refused(f"Bearer {other}") == 403


@pytest.mark.parametrize("content", [{"sub": "widget-1"}, {"exp": SOON}, {}, {"sub": 7, "exp": SOON}])
def test_a_token_that_lacks_its_conversation_or_its_end_opens_nothing(tmp_path, content):
    token = jwt.encode(content, secret(tmp_path), ALGORITHM)
    assert refused(f"Bearer {token}") == 403


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic YTpi",
        "Bearer a.b.c",
        "Bearer \udcff",
        "é",
    ],  # Sanic reads the byte FF as \udcff
)
def test_anything_else_opens_nothing(authorization):
    assert refused(authorization) == 403


def test_the_secret_is_long_and_readable_by_its_owner_alone(tmp_path):
    assert len(secret(tmp_path)) == 64
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_the_secret_stays_when_the_assistant_starts_again(tmp_path):
    token, conversation, _ = issue()
    before = secret(tmp_path)
    assert secret(tmp_path) == before
    assert conversation_of(f"Bearer {token}") == conversation


def test_an_empty_secret_that_a_crash_left_behind_is_made_anew(tmp_path):
    """It is created first and written then: power or disk space may end in between."""
    (tmp_path / "secret").touch(mode=0o600)
    token, conversation, _ = issue()
    assert conversation_of(f"Bearer {token}") == conversation


def test_tokens_issued_at_once_before_there_is_a_secret_are_all_valid(tmp_path, monkeypatch):
    for attempt in range(20):
        monkeypatch.setenv("CLINIC_DATA", str(tmp_path / str(attempt)))
        with ThreadPoolExecutor(8) as pool:
            issued = list(pool.map(lambda _: issue(), range(8)))
        for token, conversation, _ in issued:
            assert conversation_of(f"Bearer {token}") == conversation
