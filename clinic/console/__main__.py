"""The staff's console.

python -m clinic.console             serves it on CONSOLE_HOST and CONSOLE_PORT
python -m clinic.console link        prints a one-time link: it creates the owner, or lets the only account in
python -m clinic.console link NAME   prints one for somebody who is locked out
"""

from __future__ import annotations

import os
import sys

from clinic.console import links
from clinic.console.app import create
from clinic.database import database
from clinic.serving import logs
from clinic.settings import environment


def main() -> int:
    """Run a command and return its exit code."""
    name, login, *rest = [*sys.argv[1:], "", ""][: max(2, len(sys.argv) - 1)]
    if rest or name not in {"", "link"}:
        print(__doc__, file=sys.stderr)
        return os.EX_USAGE
    return link(login) if name else serve()


def serve() -> int:
    """Serve until SIGTERM."""
    logs.configure()
    app = create()
    settings = environment()
    app.run(settings.console_host, settings.console_port, access_log=False, motd=False)
    return 0


def link(login: str) -> int:
    """Print a one-time link."""
    try:
        address = links.for_the_owner(database()) or links.for_somebody(database(), login)
    except links.NoSuchStaff as unknown:
        print(unknown, file=sys.stderr)
        return 1
    print(f"Valid for 24 hours, once: {address}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
