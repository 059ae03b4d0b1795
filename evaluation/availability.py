"""Checks many random availabilities against the rules and against trying every start.

python -m evaluation.availability            # 10,000 examples
python -m evaluation.availability 100000
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from hypothesis import given, seed, settings

from tests.booking.availability_rules import cases, check


def main() -> None:
    """Run as many examples as told and print how many slots were free in them."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    met: Counter[str] = Counter()

    @seed(1)
    @settings(max_examples=examples, database=None, deadline=None)
    @given(cases())
    def hold(case: Any) -> None:
        free = check(case)
        met["examples"] += 1
        met["slots"] += free
        met["with free slots"] += bool(free)
        met["with rooms"] += bool(case[1].rooms)

    hold()
    print(dict(met), "all sound")


if __name__ == "__main__":
    main()
