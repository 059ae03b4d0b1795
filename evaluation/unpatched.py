"""Rasa as it is published, with this assistant's model: its light understanding, none of its patches.

    python -m evaluation.unpatched run --model models/… --endpoints … --credentials …

The arguments are Rasa's own; evaluation.load starts it.
"""

from __future__ import annotations

import gc
import sys
from types import ModuleType

PYTHONS_OWN = (700, 10, 10)  # gc's thresholds, which stand-ins/ sets for this assistant

if __name__ == "__main__":
    gc.set_threshold(*PYTHONS_OWN)
    # The components import the patches; what they find here changes nothing.
    sys.modules["clinic.rasa_patches"] = ModuleType("clinic.rasa_patches")
    from rasa.__main__ import main

    sys.argv[0] = "rasa"
    main()
