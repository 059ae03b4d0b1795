"""What stands before every view: other sites' requests, headers, errors, throttling."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from clinic.console import throttle
from clinic.console.guard import HEADERS, is_from_here
from clinic.console.sessions import cookie_name, digest
from clinic.console.tables import staff_attempts
from tests.console.conftest import FROM_HERE
from tests.console.staff import PASSWORD

HOST = "console.example"
OURS, OTHERS = (
    f"https://{HOST}",
    ("https://evil.example", "null", f"https://{HOST}.evil.example", "https://[", "", None),
)
SITES = ("same-origin", "same-site", "cross-site", "none", "", None)


@pytest.mark.parametrize(
    ("method", "site", "origin"), product(("POST", "PUT", "DELETE"), SITES, (OURS, *OTHERS))
)
def test_only_a_page_of_this_console_may_change_something(method, site, origin):
    allowed = site == "same-origin" or (site is None and origin == OURS)
    assert is_from_here(method, site, origin, HOST) is allowed


@pytest.mark.parametrize(("site", "origin"), product(SITES, (OURS, *OTHERS)))
def test_reading_is_allowed_from_anywhere(site, origin):
    assert is_from_here("GET", site, origin, HOST)


def test_without_a_host_nothing_is_from_here():
    assert not is_from_here("POST", None, OURS, None)
    assert not is_from_here("POST", None, "https://", "")


async def test_a_form_of_another_site_changes_nothing(console):
    anna = console.hire("viewer", "Anna")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = await console.ask("POST", "/logout", anna, headers)
        assert (answer.status, "another site" in answer.text) == (403, True)
        assert (await console.get("/help", anna)).status == 200
    address = str(console.client._base_url).rstrip("/")
    assert (await console.ask("POST", "/logout", anna, {"Origin": address})).status == 303


async def test_every_answer_has_the_headers_that_keep_it_private(console):
    anna = console.hire("viewer")
    for path, who in (("/help", anna), ("/login", None), ("/nothing", anna), ("/audit", anna), ("/", None)):
        answer = await console.get(path, who)
        assert HEADERS.items() <= dict(answer.headers).items(), path
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


async def test_files_are_kept_by_browsers_and_come_packed(console):
    for name in ("pico.css", "htmx.js", "console.css", "console.js", "icon.svg"):
        answer = await console.get(f"/static/{name}", None, **{"Accept-Encoding": "gzip"})
        assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
        again = await console.get(f"/static/{name}", None, **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status, again.text) == (304, "")
    for name in ("../app.py", "%2e%2e%2fapp.py", "secret", "layout.html", "pico.min.css"):
        assert (await console.get(f"/static/{name}")).status == 404


async def test_an_error_repeats_nothing_of_the_request(console):
    anna = console.hire("owner")
    mark = "sentinel-4711"
    answers = [
        await console.get(f"/{mark}", anna),
        await console.get(f"/static/{mark}"),
        await console.get(f"/requests?before={mark}", anna),
        await console.post(f"/welcome/{mark}", password=mark, again=mark),
        await console.post("/staff", anna, role=mark, login=mark, name=mark),
        await console.ask("PATCH", "/staff", anna, FROM_HERE, {"x": mark}),
        await console.post("/staff", anna, role="viewer", login=mark, name="x" * 2_000_000),
    ]
    assert [answer.status for answer in answers] == [404, 404, 400, 404, 403, 405, 413]
    assert not any(mark in answer.text for answer in answers)


async def test_htmx_gets_a_part_of_a_page(console):
    anna = console.hire("viewer")
    refused = await console.get("/audit", anna, **{"HX-Request": "true"})
    assert (refused.status, "<html" in refused.text) == (403, False)
    away = await console.get("/help", None, **{"HX-Request": "true"})
    assert (away.status, away.headers["HX-Redirect"]) == (401, "/login")


async def test_a_view_that_fails_says_so_and_logs_no_words(console, monkeypatch, caplog):
    from clinic.console import help as broken  # noqa: PLC0415

    def fail(*_, **__):
        raise ValueError("the visitor's words")

    monkeypatch.setattr(broken, "page", fail)
    with caplog.at_level(logging.ERROR):
        answer = await console.get("/help", console.hire("viewer"))
    assert (answer.status, answer.heading) == (500, "Something went wrong")
    assert "words" not in answer.text
    assert [record.getMessage() for record in caplog.records if record.name.startswith("clinic")] == [
        "A view failed."
    ]


async def test_a_database_that_is_away_is_said_plainly(console, monkeypatch):
    anna = console.hire("viewer")
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all/clinic.db")
    assert (await console.get("/help", anna)).heading == "The database does not answer"
    assert (await console.get("/health/ready")).status == 503
    assert (await console.get("/health/live")).status == 200
    assert (await console.get("/static/pico.css")).status == 200


async def test_with_https_the_cookie_is_for_this_host_and_https_alone(console, monkeypatch):
    monkeypatch.setenv("CONSOLE_URL", "https://console.example")
    console.hire("viewer", "Anna", password=True)
    answer = await console.post("/login", login="anna", password=PASSWORD)
    assert cookie_name() == "__Host-clinic-staff"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-clinic-staff=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


async def test_after_five_failures_even_the_right_password_waits(console):
    console.hire("viewer", "Anna", password=True)
    for _ in range(throttle.AT_ONE_ADDRESS):
        assert (await console.post("/login", login="anna", password="wrong")).status == 401  # noqa: S106
    assert (await console.post("/login", login="anna", password=PASSWORD)).status == 401
    past = datetime.now(UTC) - throttle.WINDOW
    with console.engine.begin() as connection:
        connection.execute(staff_attempts.update().values(since=past))
    assert (await console.post("/login", login="anna", password=PASSWORD)).status == 303
    assert console.rows("SELECT attempts FROM staff_attempts WHERE attempts > 1") == []


def test_an_address_and_a_name_have_limits_of_their_own(engine):
    at = datetime.now(UTC)
    names = [throttle.may_try(engine, f"name{n}", "192.0.2.1", at) for n in range(throttle.BY_ADDRESS + 1)]
    assert names == [True] * throttle.BY_ADDRESS + [False]
    other = [throttle.may_try(engine, "anna", f"192.0.2.{n + 2}", at) for n in range(throttle.BY_NAME + 1)]
    assert other == [True] * throttle.BY_NAME + [False]
    assert throttle.may_try(engine, "anna", "192.0.2.9", at + throttle.WINDOW)


def test_what_was_typed_as_a_name_is_not_kept(engine):
    throttle.may_try(engine, "my password", "192.0.2.1", datetime.now(UTC))
    with engine.connect() as connection:
        kept = connection.execute(staff_attempts.select()).all()
    assert "password" not in str(kept)
    assert digest("name my password") in str(kept)


def test_past_failures_are_forgotten_with_the_next_right_log_in(engine):
    at = datetime.now(UTC)
    throttle.may_try(engine, "old", "192.0.2.1", at - throttle.WINDOW - timedelta(seconds=1))
    throttle.may_try(engine, "anna", "192.0.2.2", at)
    with engine.begin() as connection:
        throttle.forget(connection, "anna", "192.0.2.2", at)
        left = connection.execute(staff_attempts.select()).all()
    assert {row.of for row in left} == {digest("name anna"), digest("address 192.0.2.2")}
