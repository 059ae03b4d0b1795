from __future__ import annotations

import copy
import json
import typing

import numpy as np
import pytest
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.topics import CLAUSES, IN_CONTEXT, READING, SPAN, with_parts
from tests.nlu.pipeline import CONTEXT, TEXTS, classes, process, stages, storage_in

NAMES = [cls.__name__ for cls in classes()]
TRAINABLE = [cls.__name__ for cls in classes() if "train" in vars(cls)]


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    return storage_in(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def trained(storage):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLINIC_FILE", "tests/clinic.yml")
        return {stage.cls.__name__: stage for stage in stages(storage)}


@pytest.fixture
def stage(request, trained):
    return trained[request.param]


def made_of(messages):
    """Return what can be seen from outside: features, readings and outputs of messages and parts."""
    seen = []
    for part in with_parts(messages):
        dense = [f.features for f in part.get_dense_features(TEXT, []) if f]
        sparse = [f.features.toarray() for f in part.get_sparse_features(TEXT, []) if f]
        context = part.get(IN_CONTEXT)
        seen.append(
            {
                "features": [np.round(block, 4).tolist() for block in [*dense, *sparse]],
                "reading": repr(part.get(READING)),
                "context": context.get(TEXT) if context else None,
                "output": json.dumps(part.as_dict(only_output_properties=True), default=str, sort_keys=True),
            }
        )
    return seen


@pytest.mark.parametrize("cls", classes(), ids=NAMES)
def test_a_component_is_registered_and_documents_its_configuration(cls):
    assert DefaultV1Recipe._from_registry(cls.__name__).clazz is cls
    config = cls.get_default_config()
    assert isinstance(config, dict)
    json.dumps(config)
    config["changed"] = True
    assert "changed" not in cls.get_default_config()
    assert cls.__doc__


@pytest.mark.parametrize("cls", classes(), ids=NAMES)
def test_what_process_takes_and_returns_is_annotated(cls):
    """Rasa evaluates these annotations when it validates the graph."""
    hints = typing.get_type_hints(cls.process)
    assert hints["messages"] == list[Message] or hints["messages"] == typing.List[Message]  # noqa: UP006
    assert hints["return"] == hints["messages"]
    for name in ("create", "load"):
        typing.get_type_hints(getattr(cls, name))


@pytest.mark.parametrize("stage", NAMES, indirect=True)
def test_every_message_comes_out_once_in_its_place(stage):
    incoming = copy.deepcopy(stage.incoming)
    outgoing = process(stage.component, incoming)
    assert [message.get(TEXT) for message in outgoing] == TEXTS


@pytest.mark.parametrize("stage", NAMES, indirect=True)
def test_no_messages_are_no_messages(stage):
    assert process(stage.component, []) == []


@pytest.mark.parametrize("stage", NAMES, indirect=True)
def test_the_texts_of_messages_and_parts_are_left_as_they_are(stage):
    incoming = copy.deepcopy(stage.incoming)
    parts = with_parts(incoming)
    before = [part.get(TEXT) for part in parts]
    outgoing = list(map(id, with_parts(process(stage.component, incoming))))
    assert [part.get(TEXT) for part in parts] == before
    assert all(id(part) in outgoing for part in parts)


@pytest.mark.parametrize("stage", NAMES, indirect=True)
def test_what_a_component_puts_out_can_be_sent_as_json(stage):
    for message in process(stage.component, copy.deepcopy(stage.incoming)):
        output = message.as_dict(only_output_properties=True)
        json.dumps({key: value for key, value in output.items() if key != "text_tokens"}, default=str)


@pytest.mark.parametrize("stage", NAMES, indirect=True)
def test_a_component_that_is_loaded_does_what_the_trained_one_does(stage, storage):
    loaded = stage.cls.load(stage.config, storage, stage.resource, CONTEXT)
    ours = process(stage.component, copy.deepcopy(stage.incoming))
    theirs = process(loaded, copy.deepcopy(stage.incoming))
    assert made_of(theirs) == made_of(ours)


@pytest.mark.parametrize("stage", TRAINABLE, indirect=True)
def test_a_trained_component_keeps_no_pickles(stage, storage):
    with storage.read_from(stage.resource) as folder:
        names = [path.name for path in folder.rglob("*") if path.is_file()]
    assert names
    assert all(name.endswith((".json", ".npy", ".npz")) for name in names)


@pytest.mark.parametrize("stage", ["TopicClassifier"], indirect=True)
def test_the_classifier_reads_each_part_of_a_message(stage):
    message = process(stage.component, copy.deepcopy(stage.incoming))[0]
    pieces = [part for part in message.get(CLAUSES) if len(set(part.get(SPAN))) == 1]
    assert {part.get(READING).topic for part in pieces} >= {"faq/pain", "faq/price"}


@pytest.mark.parametrize("stage", ["SafetyCheck"], indirect=True)
def test_an_emergency_drops_every_entity(stage):
    message = process(stage.component, copy.deepcopy(stage.incoming))[TEXTS.index("i cant breathe")]
    assert message.get("intent")["name"] == "emergency"
    assert message.get("entities") == []
