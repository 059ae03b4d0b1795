"""What clinic.yml says, what it lacks, and how often visitors asked for that."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ruamel.yaml import YAML
from sanic.response import HTTPResponse

from clinic.console.pages import page
from clinic.console.views import Asked, view
from clinic.conversation.tables import conversations
from clinic.settings import ClinicFile, ClinicFileError, clinic, environment, now
from clinic.settings.environment import PROJECT
from clinic.settings.wording import placeholders

RESPONSES = PROJECT / "data" / "responses" / "clinic.yml"
DAYS = 90  # how far back visitors' questions are counted
PREFIX = "utter_faq/"


@view("/settings", role="manager", menu="Settings")
def show(asked: Asked) -> HTTPResponse:
    """Show the settings, or the mistake that keeps them from being read."""
    try:
        settings = clinic()
    except ClinicFileError as mistake:
        return page(asked, "settings/mistake.html", mistake=str(mistake))
    untold = untold_topics(settings)
    counts = _asked_for(asked, list(untold))
    rows = sorted(((counts[topic], topic, title) for topic, title in untold.items()), reverse=True)
    return page(
        asked,
        "settings/settings.html",
        untold=rows,
        days=DAYS,
        settings=settings,
        values=placeholders(settings),
        file=environment().clinic_file.name,
    )


def untold_topics(settings: ClinicFile) -> dict[str, str]:
    """Return the topics on which the assistant has not been told anything, each with its title."""
    told = set(placeholders(settings))
    return {
        topic: variations[0]["metadata"]["title"]
        for topic, variations in _variations().items()
        if not any(
            _is_told(one, told | ({"answer"} if topic in settings.answers else set())) for one in variations
        )
    }


def _is_told(variation: dict[str, Any], known: set[str]) -> bool:
    needed = variation["metadata"].get("settings")
    return bool(needed) and set(needed) <= known


@lru_cache(maxsize=1)
def _variations() -> dict[str, list[dict[str, Any]]]:
    """Return the wordings of each topic whose answer is the clinic's own, as the assistant has them."""
    responses = YAML(typ="safe").load(RESPONSES.read_text(encoding="utf-8"))["responses"]
    return {name.removeprefix(PREFIX): found for name, found in responses.items() if name.startswith(PREFIX)}


def _asked_for(asked: Asked, topics: list[str]) -> dict[str, int]:
    """Return in how many conversations of the last days each topic came up."""
    came_up = conversations.c.topics.contains
    columns = [sa.func.count().filter(came_up(f'"faq/{topic}"')).label(topic) for topic in topics]
    if not columns:
        return {}
    recent = conversations.c.last_at > now() - timedelta(days=DAYS)
    return dict(asked.connection.execute(sa.select(*columns).where(recent)).mappings().one())
