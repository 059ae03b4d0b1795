import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from clinic.secret import ALL, is_bearer, secret


@pytest.mark.parametrize("name", ALL)
def test_a_secret_is_made_at_first_use_long_and_for_its_owner_alone(tmp_path, name):
    key = secret(name)
    assert len(key) == 64
    assert secret(name) == key
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_no_secret_opens_what_another_one_guards():
    assert len({secret(name) for name in ALL}) == len(ALL)


def test_processes_that_start_at_once_agree_on_a_secret():
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: secret("actions-secret"), range(32)))) == 1


def test_a_secret_written_by_hand_may_end_with_a_line_break(tmp_path):
    (tmp_path / "metrics-token").write_text("abc\n", encoding="ascii")
    assert secret("metrics-token") == "abc"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer abd", "Basic abc", "Bearer abcd", "\udcff"]
)
def test_only_the_right_bearer_token_opens(header):
    assert not is_bearer(header, "abc")
    assert is_bearer("Bearer abc", "abc")
