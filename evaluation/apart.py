"""How a part of a message would be meant alone, told from how it is meant there: clinic/nlu/minilm_apart.npy.

    python -m evaluation.apart      # writes it anew; needed when another model is embedded with

A part's tokens mean something else among a message's others. Reading each part again, alone, would double a
message's time; instead what it means alone is told, by a linear map, from what it means in the message, what
the whole message means, and how much of it the part is. The map is the least squares of messages put together
from training examples. Printed is how near it comes on messages that it was not made from.
"""

from __future__ import annotations

import random

import numpy as np

from clinic.nlu.minilm import APART, SIZE, MiniLM
from clinic.nlu.normal import normal
from tests.data import examples

MESSAGES, AT_ONCE = 60_000, 2_000
TESTED = 0.1  # the share of messages that are kept back
BETWEEN = (
    " and ",
    " also ",
    " ",
    ", ",
    "? ",
    "?? and ",
    ". ",
    " but ",
    "! ",
    "\n",
    " plus ",
    " & ",
    " then ",
    " - ",
)
PARTS = (2, 2, 2, 3)
RIDGE = 0.1


def messages(count: int) -> list[tuple[str, str]]:
    """Return messages made of examples of different topics, each with one of its parts."""
    chance = random.Random(5)
    topics = [[normal(text) for text in texts] for texts in examples().values()]
    made = []
    for _ in range(count):
        parts = [chance.choice(texts) for texts in chance.sample(topics, chance.choice(PARTS))]
        message = "".join(text + chance.choice(BETWEEN) for text in parts[:-1]) + parts[-1]
        made.append((message, chance.choice(parts)))
    return made


def main() -> None:
    """Write the map."""
    model, clues, alone = MiniLM(2), list[np.ndarray](), list[np.ndarray]()
    made = messages(MESSAGES)
    for start in range(0, MESSAGES, AT_ONCE):
        some = made[start : start + AT_ONCE]
        read = model.read([message for message, _ in some])
        wanted = model.embed([part for _, part in some])
        parts = []
        for (message, part), vector in zip(some, wanted, strict=True):
            within = read[message].within(part)
            if within is not None:
                parts.append(within)
                alone.append(vector)
        clues.append(model.clues(parts))
        print(f"{start + len(some)} of {MESSAGES} messages read", flush=True)
    told, meant = np.concatenate(clues), np.array(alone)
    told = np.hstack([told, np.ones((len(told), 1), np.float32)])
    cut = int(len(told) * (1 - TESTED))
    matrix = _solved(told[:cut], meant[:cut])
    np.save(APART, matrix.astype(np.float16))
    print(f"cosine in place: {_cosine(told[cut:, :SIZE], meant[cut:]):.3f}")
    print(f"as it is told: {_cosine(told[cut:] @ matrix, meant[cut:]):.3f}")


def _solved(told: np.ndarray, meant: np.ndarray) -> np.ndarray:
    return np.linalg.solve(told.T @ told + RIDGE * np.eye(told.shape[1]), told.T @ meant)


def _cosine(some: np.ndarray, others: np.ndarray) -> float:
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    return float(np.mean((some * others).sum(axis=1) / lengths))


if __name__ == "__main__":
    main()
