"""Reads the training data once, in an order that does not change."""

from __future__ import annotations

from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

import clinic.rasa_patches  # noqa: F401 (every Rasa command that trains or loads a model passes here)


class ClinicImporter(RasaFileImporter):
    """Rasa's file importer, but its files are sorted and parsed and checked once a training.

    The stock one hands out the files of a set: two trainings on the same data see the examples in
    two orders, and a borderline wording is read in two ways. And it parses all of them once for the
    domain and once for the data.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._nlu_files = sorted(self._nlu_files)  # type: ignore[has-type]
        self._story_files = sorted(self._story_files)  # type: ignore[has-type]

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """See TrainingDataImporter. What uses the result copies it before changing anything."""
        return self._read_once(language)

    @cached_method
    def _read_once(self, language: str | None) -> TrainingData:
        return super().get_nlu_data(language)
