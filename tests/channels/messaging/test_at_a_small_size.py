"""What evaluation/channels.py measures, at a small size: nothing lost, doubled, or out of order."""

from __future__ import annotations

from evaluation.channels import measure


def test_platforms_that_fail_one_call_in_ten_lose_double_and_mix_nothing():
    found = measure(rate=8, seconds=6)
    assert found["calls that failed"] > 0
    assert (found["lost"], found["doubled"], found["out of order"]) == (0, 0, 0)
    assert found["messages"] >= 48
