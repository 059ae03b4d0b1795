from rasa.engine.caching import LocalTrainingCache
from rasa.engine.graph import ExecutionContext
from rasa.engine.training import fingerprinting, hooks

import clinic.rasa_patches  # noqa: F401 (it is what is tested)


class Unprintable:
    """An output that cannot be fingerprinted."""

    def fingerprint(self):
        raise AssertionError("a fingerprint was taken")


def hook(monkeypatch, tmp_path, megabytes):
    monkeypatch.setenv("RASA_MAX_CACHE_SIZE", megabytes)
    monkeypatch.setenv("RASA_CACHE_DIRECTORY", str(tmp_path))
    taken = []
    monkeypatch.setattr(fingerprinting, "calculate_fingerprint_key", lambda **_: taken.append(1) or "key")
    monkeypatch.setattr(
        hooks.TrainingHook, "_get_graph_component_class", staticmethod(lambda *_: Unprintable)
    )
    return hooks.TrainingHook(LocalTrainingCache(), None, None), taken


def test_without_a_cache_training_takes_no_fingerprints(monkeypatch, tmp_path):
    tested, taken = hook(monkeypatch, tmp_path, "0")
    context = ExecutionContext(graph_schema=None)
    before = tested.on_before_node("node", context, {}, {"input": Unprintable()})
    tested.on_after_node("node", context, {}, Unprintable(), before)
    assert taken == []


def test_with_a_cache_training_takes_them_as_rasa_does(monkeypatch, tmp_path):
    tested, taken = hook(monkeypatch, tmp_path, "100")
    tested.on_before_node("node", ExecutionContext(graph_schema=None), {}, {"input": 1})
    assert taken == [1]
