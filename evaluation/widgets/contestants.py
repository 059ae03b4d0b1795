"""The widgets that are compared: where each comes from, and how a visitor uses it."""

from __future__ import annotations

import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "node_modules"  # git-ignored


@dataclass(frozen=True)
class Contestant:
    """A widget on a page of its own.

    Attributes:
        name: As its package is called.
        package: What npm fetches, or None for this project's own.
        head: Markup of the page's head.
        body: Markup of the page's body; {origin} is the server that the widget talks to.
        start: The page's own script, a file, since a strict policy allows no other; {origin} as above.
        launcher: Selector of what opens it, or None when it is open at once.
        box: Selector of where one writes.
        root: Selector of the widget's outermost element.

    """

    name: str
    package: str | None
    head: str
    body: str
    start: str
    launcher: str | None
    box: str
    root: str

    def file(self, path: str) -> Path:
        """Return a file of the package."""
        return FOLDER / str(self.package).replace("/", "-").replace("@", "_") / "package" / path


CONTESTANTS = [
    Contestant(
        name="this widget",
        package=None,
        head="",
        body='<script type="module" src="{origin}/widget/widget.js"></script>',
        start="",
        launcher="clinic-chat button.launch",
        box="clinic-chat textarea",
        root="clinic-chat",
    ),
    Contestant(
        name="rasa-webchat 1.0.1",
        package="rasa-webchat@1.0.1",
        head="",
        body='<div id="chat"></div><script src="/npm/lib/index.js"></script>',
        start="window.WebChat.default({{ socketUrl: '{origin}', socketPath: '/socket.io/' }}, null);",
        launcher=".rw-launcher",
        box=".rw-new-message",
        root=".rw-widget-container",
    ),
    Contestant(
        name="deep-chat 2.4.2",
        package="deep-chat@2.4.2",
        head="",
        body='<deep-chat></deep-chat><script type="module" src="/npm/dist/deepChat.bundle.js"></script>',
        start="document.querySelector('deep-chat').connect = {{ url: '{origin}/deep-chat' }};",
        launcher=None,
        box="deep-chat #text-input",
        root="deep-chat",
    ),
    Contestant(
        name="@n8n/chat 1.37.0",
        package="@n8n/chat@1.37.0",
        head='<link rel="stylesheet" href="/npm/dist/style.css">',
        body="",
        start="import {{ createChat }} from '/npm/dist/chat.bundle.es.js';"
        "createChat({{ webhookUrl: '{origin}/n8n' }});",
        launcher=".chat-window-toggle",
        box=".chat-window textarea",
        root="#n8n-chat",
    ),
    Contestant(
        name="open-chat-studio-widget 0.6.0",
        package="open-chat-studio-widget@0.6.0",
        head="",
        body='<open-chat-studio-widget chatbot-id="1" visible="true" api-base-url="{origin}">'
        "</open-chat-studio-widget>"
        '<script type="module" src="/npm/dist/open-chat-studio-widget/open-chat-studio-widget.esm.js">'
        "</script>",
        start="",
        launcher=None,
        box="open-chat-studio-widget textarea",
        root="open-chat-studio-widget",
    ),
]


def install() -> None:
    """Fetch the packages that are missing, as the registry has them; none of their scripts runs.

    Raises:
        SystemExit: npm is missing, or a package cannot be fetched.

    """
    for one in CONTESTANTS:
        if one.package and not one.file("package.json").exists():
            _fetch(one)


def _fetch(one: Contestant) -> None:
    FOLDER.mkdir(exist_ok=True)
    command = ["npm", "pack", "--json", "--pack-destination", str(FOLDER), str(one.package)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise SystemExit("npm is needed to fetch the other widgets: install Node.js") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{one.package} cannot be fetched:\n{error.stderr}") from None
    archive = FOLDER / json.loads(done.stdout)[0]["filename"].replace("@", "").replace("/", "-")
    with tarfile.open(archive) as packed:
        packed.extractall(one.file("package.json").parents[1], filter="data")
