"""The commands behind the Makefile and deploy/.

python -m clinic.start                  what `make run` calls: checks, trains, starts everything
python -m clinic.start chat             the same conversation in a terminal
python -m clinic.start train            trains when data or configuration changed
python -m clinic.start prepare          checks, migrates and trains; starts nothing
python -m clinic.start process NAME     becomes one process of the Procfile, for systemd and containers
python -m clinic.start restart          replaces all processes that `make run` started, one by one
"""

from __future__ import annotations

import os
import sys

from clinic.settings import ClinicFileError, environment
from clinic.start import commands
from clinic.start.checks import CannotStart


def main() -> int:
    """Run a command and return its exit code."""
    name, *arguments = sys.argv[1:] or ["run"]
    known = {command.__name__: command for command in commands.ALL}
    if name not in known:
        print(f"Unknown command {name}; there are: {', '.join(known)}", file=sys.stderr)
        return os.EX_USAGE
    try:
        return known[name](environment(), *arguments)
    except (CannotStart, ClinicFileError, ValueError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
