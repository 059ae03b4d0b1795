"""Decisions become lines in the data's files, and nothing else in them changes."""

from __future__ import annotations

import shutil

import pytest

from clinic.learning.change_sets import ChangedMeanwhile, ChangeSet
from clinic.learning.edits import OWN_ANSWERS, CannotEdit, NewTopic, edited, example_text
from clinic.learning.guard import faults_of_answer
from clinic.learning.knowledge import parsed, read
from clinic.settings.environment import PROJECT

PARKING = NewTopic("parking", "Can I park there?", 'Behind the "old" house: it is free.', (), ("car park?",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the project's data with a file as people write it by hand."""
    folder = tmp_path_factory.mktemp("knowledge") / "data"
    shutil.copytree(PROJECT / "data", folder)
    (folder / "nlu" / "by_hand.yml").write_text(
        '# mine\nversion: "3.1"\nnlu:\n  - intent: faq/parrots  # birds\n    examples: |\n      - parrot\n\n'
        "  # the next\n  - intent: faq/cats\n    examples: |\n      - cat\n      - kitten",
        encoding="utf-8",
    )
    return folder


def changes(folder, examples, new=()):
    return ChangeSet.of(folder, edited(folder, read(folder), examples, new))


def lines(difference: str) -> list[str]:
    return [line for line in difference.splitlines() if line[0] in "+-" and line[:3] not in {"+++", "---"}]


def test_an_example_is_one_more_line_and_no_other_line_changes(folder):
    examples = [("faq/pain", "is it ouchy: 'very'?"), ("out_of_scope", "# plumbing"), ("book", "- me in")]
    changed = changes(folder, examples)
    assert sorted(lines(changed.difference())) == [
        "+    - # plumbing",
        "+    - - me in",
        "+    - is it ouchy: 'very'?",
    ]


def test_a_file_written_by_hand_keeps_its_comments_and_its_own_indentation(folder):
    changed = changes(folder, [("faq/parrots", "macaw"), ("faq/cats", "tom")])
    text = changed.after["nlu/by_hand.yml"]
    assert "      - parrot\n      - macaw\n\n  # the next\n" in text
    assert text.endswith("      - kitten\n      - tom\n")
    assert text.startswith("# mine\n")


def test_a_new_topic_gets_a_file_of_examples_and_an_answer_of_the_clinics_own(folder):
    changed = changes(folder, [], [PARKING])
    examples = parsed(changed.after["nlu/faq/parking.yml"])["nlu"]
    assert examples == [{"intent": "faq/parking", "examples": "- Can I park there?\n- car park?\n"}]
    (answer,) = parsed(changed.after[OWN_ANSWERS])["responses"]["utter_faq/parking"]
    assert answer["text"] == PARKING.answer
    assert answer["metadata"] == {"title": "Can I park there?", "facts": []}
    assert 2 <= len(answer["buttons"]) <= 3


def test_contradictions_and_repetitions_are_refused(folder):
    with pytest.raises(CannotEdit, match="stands under faq/pain and faq/price"):
        changes(folder, [("faq/price", "Does it  HURT?")])
    with pytest.raises(CannotEdit, match="stands 2 times under faq/parking"):
        changes(folder, [], [NewTopic("parking", "Parking?", "Yes.", (), ("car park?", "CAR park?"))])
    with pytest.raises(CannotEdit, match="no topic faq/nothing"):
        changes(folder, [("faq/nothing", "what")])
    with pytest.raises(CannotEdit, match="topic pain already"):
        changes(folder, [], [NewTopic("pain", "Pain?", "No.", (), ())])


def test_the_same_example_twice_is_written_once_and_one_that_is_there_not_at_all(folder):
    title = "Does it help with large pores?"
    changed = changes(
        folder, [("faq/pain", "ouchy ouchy"), ("faq/pain", "ouchy ouchy"), ("faq/pores", title)]
    )
    assert lines(changed.difference()) == ["+    - ouchy ouchy"]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (" two\n lines\u2028and\tmore ", "two lines and more"),
        ("- a list", "a list"),
        ("[me](name) and [it]{x}", "me(name) and it{x}"),
        ("my number is [phone], ok?", "my number is [phone], ok?"),
        ("bell\x07", "bell"),
    ],
)
def test_a_message_becomes_one_plain_line(said, written):
    assert example_text(said) == written


def test_files_are_written_and_go_back_byte_for_byte(folder, tmp_path):
    copy = tmp_path / "data"
    shutil.copytree(folder, copy)
    before = {path: path.read_bytes() for path in copy.rglob("*.yml")}
    changed = changes(copy, [("faq/cats", "tom"), ("faq/pain", "ouchy ouchy")], [PARKING])
    changed.write()
    assert "tom" in (copy / "nlu" / "by_hand.yml").read_text(encoding="utf-8")
    ChangeSet(copy, changed.after, changed.before).write()
    assert {path: path.read_bytes() for path in copy.rglob("*.yml")} == before


def test_a_file_that_was_changed_by_hand_meanwhile_is_not_written_over(folder, tmp_path):
    copy = tmp_path / "data"
    shutil.copytree(folder, copy)
    changed = changes(copy, [("faq/cats", "tom"), ("faq/pain", "ouchy ouchy")])
    hand = copy / "nlu" / "by_hand.yml"
    hand.write_text(hand.read_text(encoding="utf-8") + "\n      - lion\n", encoding="utf-8")
    with pytest.raises(ChangedMeanwhile, match=r"nlu/by_hand\.yml"):
        changed.write()
    assert "ouchy ouchy" not in (copy / "nlu" / "clinic.yml").read_text(encoding="utf-8")
    assert "lion" in hand.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "facts", "own", "fault"),
    [
        ("Yes. " * 61, [], True, "61 words"),
        ("It cures everything.", ["F01"], False, "promises"),
        ("There is one.", [], False, "Name the facts"),
        ("There is one.", ["F01"], True, "Name the facts"),
        ("There is one.", ["F99"], False, "no fact F99"),
        ("Hello {name}.", [], True, "Curly brackets"),
        ("", [], True, "empty"),
    ],
)
def test_an_answer_is_short_promises_nothing_and_says_what_it_rests_on(text, facts, own, fault):
    assert any(fault in one for one in faults_of_answer(text, facts, ["F01"], own=own))


def test_a_good_answer_has_no_fault():
    assert faults_of_answer("There is a car park behind the house.", [], ["F01"], own=True) == []
    assert faults_of_answer("It may help.", ["F01"], ["F01"], own=False) == []
