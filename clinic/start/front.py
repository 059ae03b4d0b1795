"""nginx in front of many assistants: the rules of deploy/nginx, with this machine's addresses."""

from __future__ import annotations

import getpass
import os
import shlex
from pathlib import Path

from clinic.settings import Environment
from clinic.settings.environment import PROJECT

RULES = PROJECT / "deploy" / "nginx"
CONFIGURATION = """\
# Written by clinic/start/front.py at every start; the rules are in deploy/nginx.
{user}pid nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path bodies;
    proxy_temp_path pages;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include {rules}/limits.conf;
    upstream clinic {{
        include {rules}/balance.conf;
{servers}
    }}
    server {{
        listen {host}:{port};
        include {rules}/server.conf;
    }}
}}
"""


def write(settings: Environment, ports: list[int]) -> Path:
    """Write the configuration for assistants on these ports and return its folder."""
    folder = settings.data_folder / "nginx"
    folder.mkdir(parents=True, exist_ok=True)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    text = CONFIGURATION.format(
        user=f"user {getpass.getuser()};\n" if os.geteuid() == 0 else "",
        rules=RULES,
        servers="\n".join(f"        server 127.0.0.1:{port} max_fails=0;" for port in ports),
        host=host,
        port=settings.port,
    )
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    return folder


def command(folder: Path) -> str:
    """Return the shell command that runs nginx in the foreground with the configuration of a folder."""
    where = shlex.quote(str(folder))
    return f"nginx -e stderr -p {where} -c {where}/nginx.conf -g 'daemon off;'"
