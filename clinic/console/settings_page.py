"""What clinic.yml says, what it lacks, and how often visitors asked for that."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ruamel.yaml import YAML
from sanic.response import HTTPResponse

from clinic.console.pages import page
from clinic.console.views import Asked, view
from clinic.conversation.tables import conversation_topics
from clinic.settings import ClinicFile, ClinicFileError, clinic, environment, now
from clinic.settings.environment import PROJECT
from clinic.settings.wording import placeholders

RESPONSES = PROJECT / "data" / "responses" / "clinic.yml"
DAYS = 90  # how far back visitors' questions are counted
PREFIX, FAQ = "utter_faq/", "faq/"


@view("/settings", role="manager", menu="Settings")
def show(asked: Asked) -> HTTPResponse:
    """Show the settings, or the mistake that keeps them from being read."""
    try:
        settings = clinic()
    except ClinicFileError as mistake:
        return page(asked, "settings/mistake.html", mistake=str(mistake))
    untold = untold_topics(settings)
    first = now().astimezone(settings.zone).date() - timedelta(days=DAYS)
    counts = _asked_for(asked, list(untold), datetime.combine(first, time(), settings.zone))
    rows = sorted(((counts[topic], topic, title) for topic, title in untold.items()), reverse=True)
    return page(
        asked,
        "settings/settings.html",
        untold=rows,
        days=DAYS,
        first=first.isoformat(),
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


def _asked_for(asked: Asked, topics: list[str], since: datetime) -> dict[str, int]:
    """Return in how many conversations since a day each topic came up."""
    came_up = conversation_topics.c.topic.in_([f"{FAQ}{topic}" for topic in topics])
    query = (
        sa.select(conversation_topics.c.topic, sa.func.count())
        .where(came_up, conversation_topics.c.last_at >= since)
        .group_by(conversation_topics.c.topic)
    )
    found = {topic.removeprefix(FAQ): number for topic, number in asked.connection.execute(query)}
    return {topic: found.get(topic, 0) for topic in topics}
