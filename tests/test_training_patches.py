"""Training reads and packs as Rasa does, only faster."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rasa.engine.storage import local_model_storage
from rasa.shared.exceptions import YamlException
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils import io, validation

from clinic.rasa_patches import training

WRONG = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hi\n- intent: [1, 2]\n  examples: 3\n'


def test_a_wrong_file_is_refused_with_its_line():
    with pytest.raises(YamlException) as refused:
        RasaYAMLReader().reads(WRONG)
    assert re.search(r"Line [67]", str(refused.value))
    assert io.read_yaml is training._read


def test_a_right_file_is_parsed_without_the_slow_parser(monkeypatch):
    types = []
    monkeypatch.setattr(training, "_read", lambda text, kind: types.append(kind) or read(text, kind))
    read = io.read_yaml
    validation.validate_yaml_schema('version: "3.1"\nnlu: []\n', "shared/nlu/training_data/schemas/nlu.yml")
    assert types
    assert training.WITH_LINES not in types


def test_joined_examples_are_copies():
    first, second = (
        TrainingData([Message.build("does it hurt", "pain")]),
        TrainingData([Message.build("how much is it", "price")]),
    )
    joined = first.merge(second)
    assert [example.get("text") for example in joined.training_examples] == ["does it hurt", "how much is it"]
    joined.training_examples[0].set("intent", "another", add_to_output=True)
    assert first.training_examples[0].get("intent") == "pain"
    assert "intent" not in first.training_examples[0].output_properties


def test_an_example_that_stands_twice_is_kept_once():
    texts = [("ouch", "pain "), ("ouch", "pain"), ("ouch", "complaint")]
    kept = TrainingData([Message.build(text, intent) for text, intent in texts]).training_examples
    assert [example.get("intent") for example in kept] == ["pain", "complaint"]


def test_a_model_is_packed_quickly(tmp_path):
    archive = tmp_path / "model.tar.gz"
    with local_model_storage.TarSafe.open(archive, "w:gz") as packed:
        packed.add(__file__, arcname="tests.py")
    with local_model_storage.TarSafe.open(archive, "r:gz") as unpacked:
        assert unpacked.getnames() == ["tests.py"]
    assert Path(__file__).read_bytes() in archive.read_bytes()
