"""How the layers of the sentence embedding become one vector: clinic/nlu/minilm_layers.npy.

    python -m evaluation.layers      # writes it anew; needed when another model is embedded with

What the inner layers say is mostly the same of every text: that is taken off. The map keeps the directions in
which the training examples differ most, so that two texts are about as near each other as in all layers
together. Printed is the share of the differences that it keeps. Afterwards: python -m evaluation.apart.
"""

from __future__ import annotations

import numpy as np

from clinic.nlu.minilm import LAYERS, SIZE, MiniLM, by_layer, tokenizer
from clinic.nlu.normal import normal
from clinic.nlu.onnx_graph import INNER
from tests.data import examples

# Of an inner layer, where the last one's is 1. The likelihood of examples that are left out, the assistant's
# and those of public data (evaluation.benchmarks), grows up to 0.4 where a topic has many, to 0.2 where ten.
SHARE = 0.3


def main() -> None:
    """Write the map."""
    model, encode = MiniLM(), tokenizer().encode
    texts = sorted({normal(text) for listed in examples().values() for text in listed})
    layers = np.concatenate([by_layer(model.run([encode(text).ids])[0]) for text in texts])
    usual = layers.mean(axis=0)
    usual[:SIZE] = 0
    apart = (layers - usual).reshape(len(layers), -1, SIZE)
    lengths = np.sqrt((apart**2).sum(axis=2).mean(axis=0))
    scales = np.repeat(np.sqrt([1, *[SHARE] * len(INNER)]) / lengths, SIZE)
    scaled = (layers - usual) * scales
    found, directions = np.linalg.eigh(scaled.T @ scaled)
    kept = scales[:, None] * directions[:, ::-1][:, :SIZE]
    np.save(LAYERS, np.vstack([kept, -usual @ kept]).astype(np.float16))
    share = found[::-1][:SIZE].sum() / found.sum()
    print(f"{share:.1%} of the differences between {len(texts)} texts are kept")


if __name__ == "__main__":
    main()
