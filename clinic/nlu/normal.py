"""One spelling of a text for all features: no odd spaces, no heyyyyyy, no decorated letters, no slang."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

STRETCHED = re.compile(r"([a-z!?.])\1{2,}")
QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "`": "'"})
SLANG = Path(__file__).with_name("slang.yml")


def normal(text: str) -> str:
    """Return the text in lower case, with plain quotes, single spaces and at most double letters."""
    text = unicodedata.normalize("NFKC", text).translate(QUOTES).lower()
    return STRETCHED.sub(r"\1\1", " ".join(text.split()))


def plain(text: str) -> str:
    """Return a text of ``normal``'s spelling with its slang written out."""
    for pattern, meanings in slang():
        parts = pattern.split(text)
        parts[1::2] = [meanings[part] for part in parts[1::2]]
        text = "".join(parts)
    return text


@cache
def slang() -> tuple[tuple[re.Pattern[str], dict[str, str]], ...]:
    """Return the patterns of slang words, then of phrases, each with what its matches mean."""
    kinds = YAML(typ="safe").load(SLANG.read_text(encoding="utf-8"))
    return tuple(
        (re.compile(rf"(?<![\w'])({'|'.join(map(re.escape, meanings))})(?![\w'])"), meanings)
        for meanings in (kinds["words"], kinds["phrases"])
    )
