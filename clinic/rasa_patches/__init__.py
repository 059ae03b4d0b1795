"""What is changed in Rasa at run time, one file a subject: each patch with its reason and its test.

Imported by clinic.nlu, so that every Rasa command that trains or loads a model has the patches.
"""

from __future__ import annotations

from clinic.rasa_patches import actions, answers, events, files, graph, origins, quiet, rules, training, turns

SUBJECTS = (actions, answers, events, files, graph, origins, quiet, rules, training, turns)


def apply() -> None:
    """Apply all patches (harmless when repeated)."""
    for subject in SUBJECTS:
        subject.apply()


apply()
