"""Writes page_fingerprints.json: which runs of words must not be copied from the clinic's page.

    python -m tests.make_page_fingerprints PATH_OF_THE_PAGE

The page's text belongs to the clinic and is not in this repository. Of each run of eight words
(lower case, letters and digits only) the first 12 hex digits of its SHA-256 are kept: enough to
recognise a copied run, too little to read the page.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path

RUN = 8  # words
FINGERPRINTS = Path(__file__).with_name("page_fingerprints.json")


def fingerprints(text: str) -> set[str]:
    """Return the fingerprint of every run of words of a text."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    runs = (" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1))
    return {hashlib.sha256(run.encode("ascii")).hexdigest()[:12] for run in runs}


def main() -> None:
    """Write the fingerprints of the page that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    page = parser.parse_args().page.read_text(encoding="utf-8")
    FINGERPRINTS.write_text(json.dumps(sorted(fingerprints(page)), indent=0) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
