"""Questions that are alike stand together."""

from __future__ import annotations

import numpy as np
import pytest

from clinic.learning.groups import grouped, groups_of

ASKED = [
    "is there anywhere to park",
    "do you have parking for clients",
    "where can I leave my car",
    "can my toddler come along",
    "am I allowed to bring my little girl",
    "do you sell gift cards",
]


async def test_questions_are_grouped_by_what_they_mean():
    groups = await groups_of(ASKED)
    assert len({groups[0], groups[1], groups[2]}) == 1
    assert groups[3] == groups[4]
    assert len(set(groups)) == 3


def test_no_chain_of_likenesses_leads_from_one_subject_to_another():
    angles = np.radians([0, 38, 80, 118])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert grouped(vectors) == [0, 0, 2, 2]


@pytest.mark.parametrize("count", [0, 1])
async def test_few_questions_are_grouped_too(count):
    assert await groups_of(ASKED[:count]) == [0] * count
