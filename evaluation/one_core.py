"""What it brings that an assistant keeps its Python to one core (clinic/cores.py).

    python -m evaluation.one_core    # one, eight and fifty clients; writes results.md

One that does and one that does not (ONE_CORE=no) are asked in turn, as in evaluation.beside.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from evaluation import report
from evaluation.beside import arguments, measure
from evaluation.fleet import fleet
from evaluation.load import PLAIN

HEAD = (
    "| clients | on one core, messages a second | on every core | times | lowest and highest |",
    "|---:|---:|---:|---:|---:|",
)


def main() -> int:
    """Measure, print the table and write it into results.md."""
    given = arguments(__doc__, "1,8,50", 7).parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        urls = {}
        for name in ("yes", "no"):
            folder = Path(scratch, name)
            folder.mkdir()
            url = f"sqlite:///{folder}/clinic.db"
            started = stack.enter_context(fleet(folder, url, more={"ONE_CORE": name}))
            urls[name] = [f"http://127.0.0.1:{port}" for port in started.assistants]
        lines = [*HEAD, *asyncio.run(measure(urls, PLAIN, given))]
    print("\n".join(lines))
    report.write("one-core", "Python on one core", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
