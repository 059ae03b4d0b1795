"""Rasa's files, read as Rasa reads them and sooner."""

from __future__ import annotations

import pytest
import rasa.shared.utils.io
from rasa.shared.utils.io import read_yaml
from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode

from clinic.rasa_patches import files

CONTENT = """
words: [plain, "quoted", on, off, yes, n, ~, null, "", 1, 0x1F, 1.5e3, 1_000, .inf, 2026-11-26]
letters: "an ü and an emoji 🙂"
variable: before ${CLINIC_PORT} after
"""


@pytest.fixture
def stock():
    """Read as ruamel.yaml and Rasa do without the patches."""
    ours = files.VersionedResolver.resolve, rasa.shared.utils.io._is_ascii
    files.VersionedResolver.resolve = files._resolve
    rasa.shared.utils.io._is_ascii = lambda text: all(ord(character) < 128 for character in text)
    yield read_yaml
    files.VersionedResolver.resolve, rasa.shared.utils.io._is_ascii = ours


def test_each_value_has_the_type_that_stock_rasa_gives_it(stock, monkeypatch):
    monkeypatch.setenv("CLINIC_PORT", "5005")
    expected = stock(CONTENT)
    files.apply()
    found = read_yaml(CONTENT)
    assert found == expected
    assert [type(one) for one in found["words"]] == [type(one) for one in expected["words"]]
    assert found["variable"] == "before 5005 after"


def test_the_patterns_of_a_letter_stay_as_many():
    resolver = YAML(typ="safe").resolver
    for _ in range(3):
        assert resolver.resolve(ScalarNode, "nothing special", (True, False)) == "tag:yaml.org,2002:str"
    patterns = resolver.versioned_resolver["n"]
    assert len(patterns) == len({pattern for _, pattern in patterns})
