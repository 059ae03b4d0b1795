"""Measures the messages of an agent: where their time goes and what they are about."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from clinic.serving.metrics import IN_FLIGHT, MESSAGES, NOT_UNDERSTOOD, STAGE, TOPICS

FALLBACKS = frozenset({"nlu_fallback", "out_of_scope"})


def measure(agent: Agent) -> None:
    """Measure every message that an agent handles, whichever channel it comes from."""
    handle, lock, everything = agent.handle_message, agent.lock_store.lock, STAGE.labels("all")

    async def handle_message(message: UserMessage) -> Any:
        MESSAGES.labels(message.input_channel or "").inc()
        _measure_parts(agent)
        with IN_FLIGHT.track_inprogress(), everything.time():
            return await handle(message)

    agent.handle_message = handle_message  # type: ignore[method-assign]
    agent.lock_store.lock = _timed_entry("waiting", lock)  # type: ignore[method-assign]


def _measure_parts(agent: Agent) -> None:
    """Measure the stages. An agent gets a new processor with each model, so look again each time."""
    processor = agent.processor
    if processor is None or getattr(processor, "is_measured", False):
        return
    processor.is_measured = True  # type: ignore[attr-defined]
    processor.parse_message = _counted(_timed("understanding", processor.parse_message))  # type: ignore[method-assign]
    for name, stage in (
        ("fetch_tracker_and_update_session", "loading"),
        ("_run_prediction_loop", "answering"),
        ("save_tracker", "saving"),
    ):
        setattr(processor, name, _timed(stage, getattr(processor, name)))


def _timed(stage: str, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    taken = STAGE.labels(stage)

    async def timed(*arguments: Any, **named: Any) -> Any:
        with taken.time():
            return await function(*arguments, **named)

    return timed


def _timed_entry(
    stage: str, enter: Callable[..., AbstractAsyncContextManager[Any]]
) -> Callable[..., AbstractAsyncContextManager[Any]]:
    """Measure how long it takes to get into a context, not how long one stays."""
    taken = STAGE.labels(stage)

    @asynccontextmanager
    async def timed(*arguments: Any, **named: Any) -> AsyncIterator[Any]:
        start = time.perf_counter()
        async with enter(*arguments, **named) as entered:
            taken.observe(time.perf_counter() - start)
            yield entered

    return timed


def _counted(parse: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def counted(*arguments: Any, **named: Any) -> Any:
        parsed = await parse(*arguments, **named)
        for topic in topics_of(parsed):
            TOPICS.labels(topic).inc()
            if topic in FALLBACKS:
                NOT_UNDERSTOOD.inc()
        return parsed

    return counted


def topics_of(parsed: dict[str, Any]) -> list[str]:
    """Return the topics of a parsed message, the first one first: what it wishes or asks, and what else."""
    intent = (parsed.get("intent") or {}).get("name") or "nlu_fallback"
    selection = (parsed.get("response_selector") or {}).get("faq") or {}
    first = selection["response"]["intent_response_key"] if intent == "faq" else intent
    also = (name.removeprefix("utter_").removeprefix("then_") for name in selection.get("also", []))
    return [first, *also]
