"""One spelling of a text for all features: no odd spaces, no heyyyyyy, no decorated letters."""

from __future__ import annotations

import re
import unicodedata

STRETCHED = re.compile(r"([a-z!?.])\1{2,}")
QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "`": "'"})


def normal(text: str) -> str:
    """Return the text in lower case, with plain quotes, single spaces and at most double letters."""
    text = unicodedata.normalize("NFKC", text).translate(QUOTES).lower()
    return STRETCHED.sub(r"\1\1", " ".join(text.split()))
