"""Every page of the console's navigation, for everybody who uses it."""

import pytest

from clinic.console.app import load_features
from clinic.console.pages import menu

load_features()
PAGES = [one.path for one in menu()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier(desk, scheme):
    staff = desk(color_scheme=scheme)
    for path in PAGES:
        assert staff.open(path).barriers() == [], path


def test_no_page_scrolls_sideways_on_a_phone(desk):
    staff = desk(viewport={"width": 360, "height": 640})
    for path in PAGES:
        assert staff.open(path).overflow() <= 0, path
