"""The scales on which the embedding's inner values are rounded to 8 bits: clinic/nlu/minilm_scales.yml.

    python -m evaluation.scales      # writes it anew; needed when another model is embedded with

For each place the scale with the least squared error over the training examples' values, between that which
covers the median example and that which covers all.
"""

from __future__ import annotations

import random

import numpy as np
import onnxruntime

from clinic.nlu.minilm import SCALES, published, tokenizer
from clinic.nlu.normal import normal
from clinic.nlu.onnx_graph import rounded, showing
from tests.data import examples

EXAMPLES, VALUES = 600, 400  # how many texts, and values of each at each place
COVERED = (50, 75, 90, 97, 100)  # percent of the texts
STEPS = 255


def values(texts: list[str], names: list[str]) -> dict[str, list[np.ndarray]]:
    """Return the values [tokens, n] at each place, for each text."""
    model = onnxruntime.InferenceSession(showing(published(), names), providers=["CPUExecutionProvider"])
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for text in tokenizer().encode_batch(texts):
        ids = np.array([text.ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        for name, states in zip(names, model.run(names, inputs), strict=True):
            found[name].append(states[0])
    return found


def best(seen: list[np.ndarray], chance: np.random.Generator) -> tuple[float, int]:
    """Return the step and the zero of the scale with the least squared error."""
    some = np.concatenate([chance.choice(one.ravel(), VALUES) for one in seen])
    lowest, highest = [one.min() for one in seen], [one.max() for one in seen]

    def scale(covered: int) -> tuple[float, int]:
        low = min(float(np.percentile(lowest, 100 - covered)), 0.0)
        step = (float(np.percentile(highest, covered)) - low) / STEPS
        return step, round(-low / step)

    def error(scale: tuple[float, int]) -> float:
        step, zero = scale
        whole = np.clip(np.round(some / step) + zero, 0, STEPS)
        return float(np.mean(((whole - zero) * step - some) ** 2))

    return min(map(scale, COVERED), key=error)


def main() -> None:
    """Write the scales."""
    texts = sorted(normal(text) for listed in examples().values() for text in listed)
    seen = values(random.Random(1).sample(texts, EXAMPLES), rounded(published()))
    chance = np.random.default_rng(1)
    found = {name: best(states, chance) for name, states in seen.items()}
    lines = [f"{name}: [{step:.6g}, {zero}]" for name, (step, zero) in found.items()]
    head = "# What is rounded: the size of a step, and where 0 lies (python -m evaluation.scales)."
    SCALES.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    print(f"{len(lines)} scales written to {SCALES.name}")


if __name__ == "__main__":
    main()
