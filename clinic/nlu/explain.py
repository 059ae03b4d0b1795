"""Tells what the assistant makes of a message, and why.

make explain TEXT="hi! does it hurt, and how many sessions?"
python -m clinic.nlu.explain "is it safe" "and for eczema?"    # the last one, in that conversation

"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from clinic.nlu.comparison import widened
from clinic.nlu.topics import CLAUSES, EMERGENCY, IN_CONTEXT, IN_PLACE, READING, TOPIC_BEFORE
from clinic.settings.environment import PROJECT

RUNNERS_UP = 3
NEAREST = 3
INDENT = "    "


@dataclass(frozen=True)
class Examples:
    """The training examples of a model.

    Attributes:
        texts: n texts.
        labels: int [n], positions in ``topics``.
        topics: Names.
        vectors: float32 [n, 384], their sentence embeddings.

    """

    texts: list[str]
    labels: np.ndarray
    topics: np.ndarray
    vectors: np.ndarray

    def nearest(self, vector: np.ndarray) -> Iterator[tuple[float, str, str]]:
        """Yield the likest examples: cosine, topic and text."""
        similar = self.vectors @ vector
        for i in np.argsort(-similar)[:NEAREST]:
            yield float(similar[i]), str(self.topics[self.labels[i]]), self.texts[i]


def trained_examples(models: Path) -> Examples:
    """Read the examples of the newest model in a folder. Raises FileNotFoundError without one."""
    archives = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not archives:
        raise FileNotFoundError(f"{models} holds no trained model; run make train")
    with tarfile.open(archives[-1]) as archive:
        members = {Path(name).name: name for name in archive.getnames()}
        texts, arrays = (archive.extractfile(members[n]) for n in ("examples.json", "topics.npz"))
        if texts is None or arrays is None:
            raise FileNotFoundError(f"{archives[-1].name} holds no examples; run make train")
        stored = np.load(BytesIO(arrays.read()), allow_pickle=False)
        vectors = widened(stored["examples"], stored["example_steps"])
        return Examples(json.load(texts), stored["labels"], stored["topics"], vectors)


def lines(message: Any, examples: Examples) -> Iterator[str]:
    """Yield what was understood, for a person.

    Args:
        message: A rasa Message that has gone through the pipeline.
        examples: What the model was trained on.

    """
    yield f"message     {message.get('text')!r}"
    yield from _reading(message, examples)
    for clause in message.get(CLAUSES) or []:
        yield f"clause      {clause.get('text')!r}"
        yield from _reading(clause, examples)
    if message.get(IN_CONTEXT):
        yield f"in context  {message.get(IN_CONTEXT).get('text')!r} (before: {message.get(TOPIC_BEFORE)})"
        yield from _reading(message.get(IN_CONTEXT), examples)
        yield f"in place    {message.get('text')!r}, as it is meant there"
        yield from _reading(message.get(IN_PLACE), examples)
    if message.get("language"):
        yield f"language    {message.get('language')}"
    for entity in message.get("entities") or []:
        yield f"entity      {entity['entity']}: {entity['value']!r}"
    yield f"safety      {message.get('safety') or 'no emergency found'}"
    yield f"decision    {decision(message)}"


def _reading(part: Any, examples: Examples) -> Iterator[str]:
    reading = part.get(READING)
    shares = ", ".join(f"{topic} {share:.0%}" for topic, share in reading.ranking[: RUNNERS_UP + 1])
    sure = "sure" if reading.sure else "not sure"
    yield f"{INDENT}{sure}, confidence {reading.confidence:.2f}: {shares}"
    dense = part.get_dense_features("text", [])[1]
    for similar, topic, text in examples.nearest(dense.features[0]):
        yield f"{INDENT}{similar:.2f} like {text!r} ({topic})"


def decision(message: Any) -> str:
    """Say what is done about a message, and by which part."""
    name = message.get("intent")["name"]
    if name == EMERGENCY:
        rule = message.get("safety")
        return f"emergency, found by {'the classifier' if rule == 'classifier' else f'the rule {rule}'}"
    if name == "nlu_fallback":
        return "not sure enough: asks which of " + " or ".join(map(repr, message.get("suggestions") or []))
    if name != "faq":
        return name
    selection = message.get("response_selector")["faq"]
    answers = [selection["response"]["utter_action"], *selection["also"]]
    return "answers " + " and ".join(answers)


async def understand(texts: list[str]) -> Any:
    """Return the last text's Message after the pipeline; the texts before it are one conversation."""
    from rasa.core.agent import Agent  # noqa: PLC0415 (seconds of imports)
    from rasa.core.channels.channel import UserMessage  # noqa: PLC0415
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER  # noqa: PLC0415
    from rasa.shared.core.events import UserUttered  # noqa: PLC0415
    from rasa.shared.core.trackers import DialogueStateTracker  # noqa: PLC0415

    agent = Agent.load(str(PROJECT / "models"))
    processor = agent.processor
    tracker = DialogueStateTracker("explain", processor.domain.slots)
    for text in texts[:-1]:
        parsed = await agent.parse_message(text)
        tracker.update(UserUttered(text, parsed["intent"], parsed["entities"], parsed), processor.domain)
    target = processor.model_metadata.nlu_target
    inputs = {PLACEHOLDER_MESSAGE: [UserMessage(texts[-1])], PLACEHOLDER_TRACKER: tracker}
    return processor.graph_runner.run(inputs=inputs, targets=[target])[target][0]


def main() -> int:
    """Explain the texts of the command line, the last one in full."""
    import structlog  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    texts = [text for text in sys.argv[1:] if text.strip()]
    if not texts:
        print('Say what to explain: make explain TEXT="does it hurt?"', file=sys.stderr)
        return 1
    message = asyncio.run(understand(texts))
    print("\n".join(lines(message, trained_examples(PROJECT / "models"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
