"""Understanding: one graph component a file, in the order of the pipeline in config.yml."""

import clinic.rasa_patches  # noqa: F401 (every Rasa command that trains or loads a model passes here)
