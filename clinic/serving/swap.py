"""Follows the model in use: a new one is loaded beside the old one and takes its place between two turns.

A turn that is under way ends with the model it began with; the next one has the new model. Nobody waits and
nothing is lost. The processes of one machine load one after the other, so that two models are in memory
once and not once for each process.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.exceptions import RasaException

from clinic import cores, models, signature
from clinic.conversation.turn import APOLOGY_SECONDS, Turns
from clinic.memory import give_back
from clinic.settings import environment

LOOK_SECONDS = 1.0
LOCK = "swapping.lock"
_loading = ThreadPoolExecutor(1, thread_name_prefix="loading", initializer=cores.roam)
logger = logging.getLogger(__name__)


async def follow(agent: Agent) -> None:
    """Look every second whether another model is in use, as long as the server runs.

    A process whose model lies elsewhere was given one on purpose, and keeps it.
    """
    serving = Path(os.environ.get("MODEL", ""))
    if serving.parent != environment().models_folder:
        return
    refused = None
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        wanted = models.in_use()
        if wanted is None or wanted in {serving, refused}:
            continue
        try:
            await swap(agent, wanted)
        except (signature.ModelRefused, RasaException, OSError) as error:
            logger.error("The model in use cannot be loaded: %s", type(error).__name__)  # noqa: TRY400
            refused = wanted
        else:
            serving, refused = wanted, None


async def swap(agent: Agent, model: Path) -> None:
    """Load a model beside the one that an agent uses, and use it from the next message on.

    Raises:
        ModelRefused: it was not made here, or changed since.

    """
    start = time.monotonic()
    processor = await asyncio.get_running_loop().run_in_executor(_loading, _load, agent, model)
    # No await between these: no message comes in between.
    agent.processor, agent.nlg, agent.domain = processor, processor.nlg, processor.domain
    agent.tracker_store.domain = processor.domain
    logger.info("Another model is in use from now on, loaded in %.1f s.", time.monotonic() - start)
    await asyncio.sleep(environment().turn_seconds + APOLOGY_SECONDS)  # the old model's last turns are over
    gc.unfreeze()
    give_back()


def _load(agent: Agent, model: Path) -> Turns:
    with _alone():
        signature.check(model)
        processor = Turns(
            model_path=model,
            tracker_store=agent.tracker_store,
            lock_store=agent.lock_store,
            generator=agent.nlg,
            action_endpoint=agent.action_endpoint,
            http_interpreter=agent.http_interpreter,
        )
    if isinstance(agent.nlg, TemplatedNaturalLanguageGenerator):  # the old one's are used until the swap
        processor.nlg = copy(agent.nlg)
        processor.nlg.responses = processor.domain.responses
    return processor


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process of this machine loads a model."""
    with (environment().data_folder / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
