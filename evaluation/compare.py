"""The assistant beside stock Rasa: both trained on the same data and measured on the same machine.

    make stock                                     # once: stock Rasa in evaluation/stock/.venv
    python -m evaluation.compare                   # train both, measure both, write results.md
    python -m evaluation.compare --skip-training   # stock Rasa's model is there from the last time
    python -m evaluation.compare --epochs 20       # stock Rasa learns for 20 epochs instead of 100
    python -m evaluation.compare --epochs 20 --train-only   # nothing but stock Rasa's training

Nearly all of its time is stock Rasa's training (most of an hour on two cores); do nothing else meanwhile.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clinic.settings.environment import PROJECT
from evaluation import report
from evaluation.assistants import Assistant, CannotCompare, ask, assistants, connect, run, serving
from evaluation.machine import disk_usage, memory, test_packages
from evaluation.questions import HELD_OUT, questions
from evaluation.trainings import last_training, newest_model, train

STARTS = 5
MESSAGES = 200
CONVERSATION = 10  # messages of one sender
QUESTIONS_SECONDS = 900
# The figures of evaluation.questions, as they are called there.
SHARES = ("right topic", "asked back", "off topic answered as if known", "emergencies found")
COUNTS = ("questions", "false alarms")
Pair = tuple[Assistant, Assistant]


@dataclass(frozen=True)
class Visit:
    """One start of a server and the messages after it.

    Attributes:
        start: Seconds from the command to the first answer.
        answers: Milliseconds of each of the messages after the first.
        resident: MB held after the last message.
        peak: MB held at most.

    """

    start: float
    answers: list[float]
    resident: float
    peak: float


def main() -> int:
    """Measure both assistants, print the table and write it into results.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--skip-training", action="store_true", help="use the model of stock Rasa that is there"
    )
    parser.add_argument("--starts", type=int, default=STARTS, help="how often each server is started")
    parser.add_argument("--epochs", type=int, help="of stock Rasa; 100 otherwise, as after `rasa init`")
    parser.add_argument("--train-only", action="store_true", help="train stock Rasa and stop")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended on the way out
    try:
        with tempfile.TemporaryDirectory() as scratch:
            both = assistants(Path(scratch), arguments.epochs)
            if arguments.train_only:
                print(training_rows(both[1], skip=False))
                return 0
            columns = compare(both, arguments.starts, skip_training=arguments.skip_training)
    except CannotCompare as error:
        print(f"No comparison: {error}", file=sys.stderr)
        return 1
    notes = [f"{arguments.starts} starts of each; load average at the start {load:.1f}."]
    if arguments.skip_training:
        notes.append("Stock Rasa was trained earlier, perhaps beside other work.")
    written = [*table(columns), "", " ".join(notes)]
    print("\n".join(written))
    report.write("compare", "Beside stock Rasa", written)
    return 0


def compare(both: Pair, starts: int, *, skip_training: bool) -> dict[str, dict[str, str]]:
    """Return the rows of each assistant's column, by title and by row.

    Raises:
        CannotCompare: stock Rasa is not installed, or something failed.

    """
    if not both[1].python.exists():
        raise CannotCompare("stock Rasa is not installed; run `make stock` first")
    columns: dict[str, dict[str, str]] = {each.name: environment_rows(each) for each in both}
    for each in reversed(both):  # stock Rasa first: when it is not trained, better to know at once
        columns[each.name] |= training_rows(each, skip=skip_training and each.folder != PROJECT)
    for name, visits in visit_in_turn(both, starts).items():
        columns[name] |= visit_rows(visits)
    for each in both:
        columns[each.name] |= understanding_rows(each)
    return columns


def environment_rows(assistant: Assistant) -> dict[str, str]:
    """Return the interpreter's version and the size of the environment, without the tests' packages."""
    say("the environment", assistant)
    version = run(assistant, [str(assistant.python), "-V"], PROJECT, 60)
    size = disk_usage(assistant.python.parents[1])
    if assistant.folder == PROJECT:
        size -= sum(disk_usage(path) for path in test_packages())
    return {
        "Python": version.removeprefix("Python ").strip(),
        "environment on disk": f"{size / 2**30:.2f} GB",
    }


def training_rows(assistant: Assistant, *, skip: bool) -> dict[str, str]:
    """Train afresh, or look up what the last training took."""
    if not skip:
        say("training", assistant)
    training = last_training(assistant) if skip else train(assistant)
    return {
        "training": f"{training.seconds:.0f} s",
        "training, processor time": f"{training.processor_seconds:.0f} s",
    }


def visit_in_turn(both: Pair, starts: int) -> dict[str, list[Visit]]:
    """Start the servers in turn, so that a busy minute of the machine falls on both."""
    run(both[0], [sys.executable, "-c", "from clinic.database import migrate; migrate()"], PROJECT, 60)
    texts = faq_messages()
    visits: dict[str, list[Visit]] = {each.name: [] for each in both}
    for number in range(1, starts + 1):
        for each in both:
            say(f"start {number} of {starts}", each)
            visits[each.name].append(visit(each, texts))
    return visits


def visit(assistant: Assistant, texts: list[str]) -> Visit:
    """Start a server, send it the messages on one connection, and stop it."""
    begin = time.monotonic()
    with serving(assistant, newest_model(assistant)) as (process, port):
        connection = connect(assistant, process, port)
        ask(connection, "first", texts[0])
        start = time.monotonic() - begin
        answers = []
        for number in range(MESSAGES):
            sender, text = f"visitor-{number // CONVERSATION}", texts[number % len(texts)]
            sent = time.perf_counter()
            ask(connection, sender, text)
            answers.append((time.perf_counter() - sent) * 1000)
        connection.close()
        return Visit(start, answers, *memory(process.pid))


def visit_rows(visits: list[Visit]) -> dict[str, str]:
    """Return the rows that the servers' runs give: medians over all starts."""
    starts = [v.start for v in visits]
    answers = [milliseconds for v in visits for milliseconds in v.answers]
    return {
        "start to first answer": f"{statistics.median(starts):.1f} s ({min(starts):.1f}-{max(starts):.1f})",
        "memory after 200 messages": f"{statistics.median(v.resident for v in visits):.0f} MB",
        "memory at its highest": f"{statistics.median(v.peak for v in visits):.0f} MB",
        "faq answer, median": f"{statistics.median(answers):.0f} ms",
        "faq answer, 95th percentile": f"{statistics.quantiles(answers, n=20)[-1]:.0f} ms",
    }


def faq_messages() -> list[str]:
    """Return one question for each answer of the clinic: the first example that both have learnt."""
    firsts: dict[str, str] = {}
    for path in sorted((PROJECT / "data" / "nlu").rglob("*.yml")):
        for topic, text in questions(path):
            if topic.startswith("faq/"):
                firsts.setdefault(topic, text)
    return list(firsts.values())


def understanding_rows(assistant: Assistant) -> dict[str, str]:
    """Return the figures of evaluation.questions, run in the assistant's own environment."""
    say("the held-out questions", assistant)
    model = str(newest_model(assistant))
    command = [str(assistant.python), "-m", "evaluation.questions", str(HELD_OUT), "--model", model]
    printed = run(assistant, command, PROJECT, QUESTIONS_SECONDS)
    figures = dict(re.findall(r"^([a-z ]+?) +(\d+\.\d+)$", printed, re.MULTILINE))
    try:
        counts = {f"held-out: {name}": f"{float(figures[name]):.0f}" for name in COUNTS}
        shares = {f"held-out: {name}": f"{float(figures[name]):.1%}" for name in SHARES}
    except KeyError as missing:
        raise CannotCompare(f"{assistant.name}: evaluation.questions printed no {missing}") from None
    return counts | shares | {"understanding alone, median": f"{float(figures['median ms']):.0f} ms"}


def table(columns: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| | {' | '.join(columns)} |"
    yield "|---|" + "---:|" * len(columns)
    for row in next(iter(columns.values())):
        yield f"| {row} | {' | '.join(column[row] for column in columns.values())} |"


def say(what: str, assistant: Assistant) -> None:
    """Tell the person at the terminal what goes on."""
    print(f"{assistant.name}: {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
