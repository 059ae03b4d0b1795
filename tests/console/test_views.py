"""Nothing is open that nobody opened: every view and every role."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from sanic import Sanic

from clinic.console import views
from clinic.console.app import create, load_features
from clinic.console.roles import ANYBODY, ROLES
from clinic.console.views import VIEWS
from clinic.settings.environment import PROJECT

load_features()
FOR_ANYBODY = {"/login", "/welcome/<token>", "/static/<name>", "/health/live", "/health/ready"}
PARTS = re.compile(r"<\w+(:\w+)?>")


def test_only_these_are_for_anybody():
    assert {one.path for one in VIEWS if one.role == ANYBODY} == FOR_ANYBODY


def test_a_view_without_a_known_role_cannot_be_registered():
    with pytest.raises(ValueError, match="no role"):
        views.view("/secret", role="everybody")
    with pytest.raises(TypeError):
        views.view("/secret")


def test_the_application_serves_registered_views_and_nothing_else():
    Sanic.test_mode = True
    app = create("console-routes", register=False)
    served = {(PARTS.sub("<>", f"/{route.path}"), frozenset(route.methods)) for route in app.router.routes}
    assert served == {(PARTS.sub("<>", one.path), frozenset(one.methods)) for one in VIEWS}


async def test_every_view_is_closed_to_everybody_below_its_role(console):
    people = {role: console.hire(role) for role in ROLES}
    for one in VIEWS:
        if one.role == ANYBODY:
            continue
        for method in one.methods:
            path = PARTS.sub("1", one.path)
            answer = await console.ask(method, path, headers={"Sec-Fetch-Site": "same-origin"})
            assert (answer.status, answer.headers["Location"].partition("?")[0]) == (303, "/login"), path
            for role in ROLES[: ROLES.index(one.role)]:
                answer = await console.ask(
                    method, path, people[role], headers={"Sec-Fetch-Site": "same-origin"}
                )
                assert answer.status == 403, (path, role)
                assert answer.heading == "Not allowed"


async def test_every_page_of_the_navigation_opens_for_its_role(console):
    people = {role: console.hire(role) for role in ROLES}
    for one in VIEWS:
        if one.menu:
            answer = await console.get(one.path, people[one.role])
            assert answer.status == 200, one.path


def test_the_console_imports_nothing_of_rasa():
    heavy = "{'rasa', 'rasa_sdk', 'spacy', 'sklearn', 'onnxruntime', 'django'}"
    load = "import sys; from clinic.console import __main__, app; app.load_features()"
    code = f"{load}; print([m for m in sys.modules if m.partition('.')[0] in {heavy}])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
