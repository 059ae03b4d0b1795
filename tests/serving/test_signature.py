import pytest

from clinic.signature import ModelRefused, check, sign


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"what was trained")
    sign(path)
    return path


def test_a_model_is_accepted_where_it_was_signed(model):
    check(model)


def test_a_model_changed_in_one_byte_is_refused(model):
    model.write_bytes(b"what was traineD")
    with pytest.raises(ModelRefused, match=r"was changed since .*make train"):
        check(model)


def test_a_model_without_a_signature_is_refused(model):
    model.with_name("model.tar.gz.signature").unlink()
    with pytest.raises(ModelRefused, match="has no signature"):
        check(model)


def test_a_model_that_is_not_there_is_named(model):
    model.unlink()
    with pytest.raises(ModelRefused, match=r"model\.tar\.gz does not exist"):
        check(model)


def test_who_can_write_beside_the_model_but_not_read_the_key_cannot_sign(model, tmp_path, monkeypatch):
    """The attacker has the archive and may replace both files; a plain hash would be accepted."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("CLINIC_DATA", str(tmp_path / "elsewhere"))
    model.write_bytes(b"what the attacker wants")
    sign(model)
    monkeypatch.setenv("CLINIC_DATA", str(tmp_path))
    with pytest.raises(ModelRefused, match="another clinic's key"):
        check(model)
