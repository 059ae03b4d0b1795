"""Changes the text of training files and nothing else in them: no comment moves, no line is written anew."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from clinic.learning.guard import Example, contradictions, duplicates
from clinic.learning.knowledge import ANSWERED, Knowledge, lines_of, parsed
from clinic.nlu.normal import normal

OWN_ANSWERS = "responses/own.yml"
OWN_HEADING = '# Answers that the clinic\'s staff wrote in the console.\nversion: "3.1"\n\nresponses:\n'
NEXT = ("Talk to a person", "Book an appointment")  # what an own answer's buttons say
ANNOTATION = re.compile(r"[\[\]{}()]")  # Rasa reads [words](entity) as an entity


class CannotEdit(Exception):
    """Why a change is not made, in a sentence for the person who decided it."""


@dataclass(frozen=True)
class NewTopic:
    """A topic that the staff wrote: its name without ``faq/``, title, answer, facts and examples."""

    name: str
    title: str
    answer: str
    facts: tuple[str, ...]
    examples: tuple[str, ...]


def example_text(text: str) -> str:
    """Return a text as one line of examples: plain spaces, no entity's marks, nothing that does not print."""
    shown = "".join(one for one in " ".join(text.split()) if one.isprintable())
    marks = re.sub(r"\[([^\[\]]*)\](?=[({\[])", r"\1", shown)
    return marks.lstrip("-*+ ").strip()


def edited(
    folder: Path, known: Knowledge, examples: Iterable[Example], new: Collection[NewTopic]
) -> dict[str, str]:
    """Return the new content of each file that changes, by its path inside the folder.

    Args:
        folder: The folder of knowledge.
        known: Its content.
        examples: (topic, text) to add; one that the topic has already is left out.
        new: Topics to add.

    Raises:
        CannotEdit: an example contradicts another or stands twice, a topic is missing or there already.

    """
    had = {(topic, normal(text)) for topic, text in known.examples()}
    wanted = {(topic, normal(text)): (topic, text) for topic, text in examples}
    added = [example for key, example in wanted.items() if key not in had]
    _refuse_unclear(known, added, new)
    files: dict[str, str] = {}
    for topic, text in added:
        path = known.topics[topic].path
        files[path] = with_example(files.get(path) or _content(folder / path), topic, text)
    for one in new:
        files[f"nlu/{ANSWERED}{one.name}.yml"] = examples_file(one)
        files[OWN_ANSWERS] = with_answer(files.get(OWN_ANSWERS) or _content(folder / OWN_ANSWERS), one)
    return files


def _refuse_unclear(known: Knowledge, added: list[Example], new: Collection[NewTopic]) -> None:
    missing = sorted({topic for topic, _ in added} - set(known.topics))
    if missing:
        raise CannotEdit(f"There is no topic {', '.join(missing)}.")
    for one in new:
        if f"{ANSWERED}{one.name}" in known.topics or f"utter_{ANSWERED}{one.name}" in known.answers:
            raise CannotEdit(f"There is a topic {one.name} already.")
    all_of_them = [*known.examples(), *added]
    all_of_them += [(f"{ANSWERED}{one.name}", text) for one in new for text in (one.title, *one.examples)]
    if faults := contradictions(all_of_them) + duplicates(all_of_them):
        raise CannotEdit("; ".join(faults) + ".")


def with_example(content: str, topic: str, text: str) -> str:
    """Return a training file with one more example at the end of a topic's. Raises CannotEdit."""
    lines = content.splitlines(keepends=True)
    end, indent = _end_of_examples(content, lines, topic)
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    lines.insert(end, f"{indent}- {text}\n")
    changed = "".join(lines)
    if _texts(changed, topic) != [*_texts(content, topic), text]:
        raise CannotEdit(f"“{text}” cannot be written as an example of {topic}; add it by hand.")
    return changed


def _end_of_examples(content: str, lines: list[str], topic: str) -> tuple[int, str]:
    """Return the number of the line after a topic's last example, and how its examples are indented."""
    blocks = YAML().load(content)["nlu"]
    block = next((one for one in blocks if one.get("intent") == topic), None)
    if block is None or not str(block.get("examples") or "").lstrip().startswith("- "):
        raise CannotEdit(f"The examples of {topic} are not written as a block of lines; add it by hand.")
    start, outer = block.lc.key("examples")
    end = start + 1
    for number in range(start + 1, len(lines)):
        stripped = lines[number].strip()
        if stripped and len(lines[number]) - len(lines[number].lstrip()) <= outer:
            break
        end = number + 1 if stripped else end
    last = lines[end - 1]
    return end, last[: len(last) - len(last.lstrip())]


def _texts(content: str, topic: str) -> list[str]:
    blocks = [block for block in parsed(content)["nlu"] if block.get("intent") == topic]
    return lines_of(blocks[0]["examples"])


def examples_file(new: NewTopic) -> str:
    """Return the file of a new topic's examples; the first is its title."""
    lines = "".join(f"    - {text}\n" for text in (new.title, *new.examples))
    return f'version: "3.1"\n\nnlu:\n- intent: {ANSWERED}{new.name}\n  examples: |\n{lines}'


def with_answer(content: str, new: NewTopic) -> str:
    """Return the file of own answers with one more at its end."""
    buttons = "".join(f"    - title: {_quoted(text)}\n      payload: {_quoted(text)}\n" for text in NEXT)
    answer = (
        f"  utter_{ANSWERED}{new.name}:\n  - text: {_quoted(new.answer)}\n    buttons:\n{buttons}"
        f"    metadata:\n      title: {_quoted(new.title)}\n      facts: [{', '.join(new.facts)}]\n"
    )
    return f"{content.rstrip()}\n\n{answer}" if content else OWN_HEADING + answer


def _quoted(text: str) -> str:
    """Return a text as YAML writes it in double quotes: JSON is a part of YAML."""
    return json.dumps(text, ensure_ascii=False)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
