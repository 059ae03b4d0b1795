"""The classifier on public intent data sets: BANKING77 and CLINC150, whose folder is an argument.

    python -m evaluation.benchmarks FOLDER            # all, some minutes; writes results.md
    python -m evaluation.benchmarks FOLDER --seed 1   # another sample of ten examples a class

FOLDER holds banking77/train.csv and test.csv (text, category) and clinc150/data_full.json, as their
authors publish them. The parts are the assistant's own; as in data/nlu, a topic's first example is its
title.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clinic.nlu.minilm import MiniLM, whole_words
from clinic.nlu.normal import normal, plain
from clinic.nlu.speller import Speller
from clinic.nlu.tfidf import Tfidf, characters, words
from clinic.nlu.topic_model import Inputs, TopicModel
from clinic.nlu.topic_training import train
from clinic.nlu.topics import OUT_OF_SCOPE
from evaluation import report

EACH = 10  # examples a class
IN_SCOPE = 0.9582  # of the validation questions must stay right under the threshold
Labelled = list[tuple[str, str]]  # (text, topic)


@dataclass(frozen=True)
class Parts:
    """What is switched on, for the ablation."""

    ngrams: bool = True
    titles: bool = True
    spelling: bool = True


@dataclass(frozen=True)
class Learner:
    """A trained model and the features it reads."""

    model: TopicModel
    tfidf: Tfidf
    speller: Speller
    embedding: MiniLM
    parts: Parts

    def inputs(self, texts: Iterable[str]) -> Inputs:
        """Return the features of texts."""
        return _inputs(_spelt(texts, self.speller, self.parts), self.tfidf, self.embedding, self.parts)

    def read(self, texts: Iterable[str]) -> tuple[list[str], np.ndarray]:
        """Return each text's first topic and confidence [n]."""
        readings = self.model.read(self.inputs(texts))
        return [r.topic for r in readings], np.array([r.confidence for r in readings])


def learn(examples: Labelled, embedding: MiniLM, parts: Parts) -> Learner:
    """Train on labelled texts."""
    topics = sorted({topic for _, topic in examples} - {OUT_OF_SCOPE})
    titles = [(topic.replace("_", " "), topic) for topic in topics] if parts.titles else []
    labelled = sorted(titles + examples, key=lambda pair: pair[1])  # stable: a title stays its topic's first
    known = [text for text, _ in labelled]
    speller = Speller.learn(map(_written_out, known), whole_words())
    texts = _spelt(known, speller, parts)
    rare = 2 if len(examples) > EACH * len(topics) else 1
    kinds = (words(1, 2), characters(2, 5))
    tfidf = Tfidf.learn(kinds, texts, rare)
    inputs = _inputs(texts, tfidf, embedding, parts)
    model = train(inputs, [topic for _, topic in labelled], wrong_answer_costs=1.0)
    return Learner(model, tfidf, speller, embedding, parts)


def _written_out(text: str) -> str:
    return plain(normal(text))


def _spelt(texts: Iterable[str], speller: Speller, parts: Parts) -> list[str]:
    if not parts.spelling:
        return [normal(text) for text in texts]
    return [speller.corrected(_written_out(text)) for text in texts]


def _inputs(texts: list[str], tfidf: Tfidf, embedding: MiniLM, parts: Parts) -> Inputs:
    dense = embedding.embed(texts)
    sparse = tfidf.rows(texts)
    return Inputs(dense, sparse if parts.ngrams else sparse * 0)


def mistyped(texts: Iterable[str], share: float = 0.1, seed: int = 0) -> list[str]:
    """Return texts with a typing error in about so many of their words.

    An error swaps two letters, drops one, doubles one, or hits another key.
    """
    dice = random.Random(seed)
    keys = "abcdefghijklmnopqrstuvwxyz"

    def word(text: str) -> str:
        if len(text) < 3 or dice.random() >= share:
            return text
        at = dice.randrange(len(text) - 1)
        kind = dice.randrange(4)
        if kind == 0:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if kind == 1:
            return text[:at] + text[at + 1 :]
        if kind == 2:
            return text[: at + 1] + text[at:]
        return text[:at] + dice.choice(keys) + text[at + 1 :]

    return [" ".join(word(part) for part in text.split()) for text in texts]


def rightness(found: list[str], questions: Labelled) -> np.ndarray:
    """Return whether each question's first topic is right: bool [n]."""
    return np.array([f == topic for f, (_, topic) in zip(found, questions, strict=True)])


def calibration_error(right: np.ndarray, confidence: np.ndarray, bins: int = 15) -> float:
    """Return the expected calibration error of the confidence, over so many bins of equal width."""
    where = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(right[where == b].mean() - confidence[where == b].mean()) for b in np.unique(where)]
    return float(np.dot(gaps, [np.mean(where == b) for b in np.unique(where)]))


def banking77(folder: Path) -> tuple[Labelled, Labelled]:
    """Return the training and the test questions."""

    def read(name: str) -> Labelled:
        with (folder / "banking77" / name).open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    return read("train.csv"), read("test.csv")


def some_of_each(examples: Labelled, each: int, seed: int) -> Labelled:
    """Return so many examples a class, drawn over the classes in sorted order."""
    dice = random.Random(seed)
    topics = sorted({topic for _, topic in examples})
    return [e for topic in topics for e in dice.sample([x for x in examples if x[1] == topic], each)]


def clinc150(folder: Path) -> dict[str, Labelled]:
    """Return the parts train, val, test and oos_train, oos_val, oos_test; "oos" is out_of_scope."""
    parts = json.loads((folder / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    return {
        name: [(text, OUT_OF_SCOPE if topic == "oos" else topic) for text, topic in questions]
        for name, questions in parts.items()
    }


def with_threshold(learner: Learner, parts: dict[str, Labelled]) -> tuple[float, float]:
    """Return in-scope accuracy and out-of-scope recall on the test part, the threshold chosen on val.

    It is the highest confidence that still leaves IN_SCOPE of the validation questions right.
    """
    found, confidence = learner.read(text for text, _ in parts["val"])
    right = rightness(found, parts["val"])
    thresholds = np.linspace(0, 1, 5001)
    kept = [float(np.mean(right & (confidence >= t))) for t in thresholds]
    threshold = max(t for t, share in zip(thresholds, kept, strict=True) if share >= IN_SCOPE or t == 0)

    def known(questions: Labelled) -> list[str]:
        topics, sure = learner.read(text for text, _ in questions)
        return [t if s >= threshold else OUT_OF_SCOPE for t, s in zip(topics, sure, strict=True)]

    in_scope = np.mean(rightness(known(parts["test"]), parts["test"]))
    recall = np.mean([f == OUT_OF_SCOPE for f in known(parts["oos_test"])])
    return float(in_scope), float(recall)


def measure(folder: Path, embedding: MiniLM, seed: int, parts: Parts) -> dict[str, float]:
    """Return every figure, each from 0 to 1, and the seconds of each training."""
    figures: dict[str, float] = {}
    examples, questions = banking77(folder)
    sets = {
        "BANKING77, all examples": (examples, questions),
        f"BANKING77, {EACH} examples a class": (some_of_each(examples, EACH, seed), questions),
    }
    intents = clinc150(folder)
    sets["CLINC150, in scope"] = (intents["train"], intents["test"])
    for name, (known, asked) in sets.items():
        begin = time.monotonic()
        learner = learn(known, embedding, parts)
        figures[f"{name}, training"] = time.monotonic() - begin
        texts = [text for text, _ in asked]
        found, confidence = learner.read(texts)
        right = rightness(found, asked)
        figures[name] = float(right.mean())
        mistaken, _ = learner.read(mistyped(texts))
        figures[f"{name}, with typing errors"] = float(rightness(mistaken, asked).mean())
        figures[f"{name}, expected calibration error"] = calibration_error(right, confidence)
        print({k: round(v, 4) for k, v in figures.items() if k.startswith(name)}, flush=True)
    learner = learn(intents["train"] + intents["oos_train"], embedding, parts)
    in_scope, recall = with_threshold(learner, intents)
    figures["CLINC150, in scope with a threshold"] = in_scope
    figures["CLINC150, out-of-scope recall with it"] = recall
    return figures


def main() -> None:
    """Print the table and write it into results.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without", nargs="*", default=[], choices=list(Parts.__annotations__))
    arguments = parser.parse_args()
    parts = Parts(**dict.fromkeys(arguments.without, False))
    figures = measure(arguments.folder, MiniLM(os.cpu_count() or 1), arguments.seed, parts)
    table = [
        "| | |",
        "|---|---:|",
        *(f"| {name} | {shown(name, value)} |" for name, value in figures.items()),
    ]
    print("\n".join(table))
    if parts == Parts() and arguments.seed == 0:
        report.write("benchmarks", "Public intent data", table)


def shown(name: str, value: float) -> str:
    """Return a figure for people."""
    if name.endswith("training"):
        return f"{value:.0f} s"
    return f"{value:.3f}" if name.endswith("error") else f"{value:.2%}"


if __name__ == "__main__":
    main()
