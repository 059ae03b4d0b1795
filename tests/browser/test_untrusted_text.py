"""Line 13: text of the bot, the visitor and the staff is text."""

from datetime import UTC, datetime

from playwright.sync_api import expect

CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mtext></table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<details open ontoggle=alert(1)>x</details>",
    "<style>*{display:none}</style>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action=javascript:alert(1)><button>go</button></form>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript://https://a.example/%0Aalert(1)",
    "[click](javascript:alert(1))",
    "[click](JAVASCRIPT:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[click](vbscript:msgbox(1))",
    "[https://bank.example](javascript:alert(1))",
    'https://a.example/"onmouseover=alert(1)//',
    "https://a.example/'><img src=x onerror=alert(1)>",
    "[a](https://a.example/<script>alert(1)</script>)",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "'\"><img src=x onerror=alert(1)>",
    "\u202ehttps://a.example/moc.elpmaxe.live\u202c",
    "]]><script>alert(1)</script>",
    "x" * 900,
    "- <b onclick=alert(1)>list</b>\n1. <i>one</i>",
]
ADDRESSES = [
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.example/1",
    "//evil.example/x.png",
    "http://evil.example/x.png",
    "\u0001javascript:alert(1)",
]
STRANGE = """(chat) => {
  const active = ['script', 'iframe', 'style', 'form', 'base', 'meta', 'details', 'object', 'embed', 'math'];
  const safe = (value) => /^(https:|mailto:|tel:)/.test(value) || value.startsWith(location.origin);
  const found = [];
  for (const node of chat.shadowRoot.querySelectorAll('.log *, .replies *')) {
    if (active.includes(node.localName)) found.push(node.localName);
    for (const { name, value } of node.attributes) {
      if (name.startsWith('on')) found.push(name);
      if (['href', 'src', 'srcdoc', 'action'].includes(name) && !safe(value)) found.push(value);
    }
  }
  return found;
}"""


def unharmed(chat, server):
    """Check that nothing ran, nothing strange is there, and nothing was fetched from strangers."""
    chat.page.wait_for_timeout(300)
    assert chat.host.evaluate(STRANGE) == []
    assert all(url.startswith(server.address) for url in chat.requests)
    assert chat.page.url.startswith(server.address)


def test_line_13_what_the_bot_says_is_text(visit, assistant):
    chat = visit().open().say("hello", "not a person")
    for text in CORPUS:
        chat.utter(text, buttons=[{"title": text[:80], "payload": text}])
    for address in ADDRESSES:
        chat.utter("x", image=address)
        chat.utter("x", attachment={"type": "video", "payload": {"src": address, "title": address}})
        chat.utter(custom={"type": "booking", "reference": address, "ics": address, "manage": address})
        chat.utter(
            custom={"type": "slots", "slots": [{"start": address, "title": address, "payload": address}]}
        )
        chat.utter(custom={"type": address, "url": address})
    chat.utter("The end.")
    chat.see("The end.")
    assert chat.lines.count(CORPUS[0]) == 1
    unharmed(chat, assistant)


def test_line_13_what_the_staff_say_is_text(visit, assistant):
    chat = visit().open().say("hello", "not a person")
    for text in CORPUS[:-3]:
        chat.staff("announce", "joined", text[:200])
        chat.staff("speak", text, text[:200])
    chat.staff("typing", CORPUS[1])
    chat.staff("speak", "The end.", "Anna")
    chat.see("The end.")
    unharmed(chat, assistant)


def test_line_13_what_the_visitor_says_is_text_also_after_a_reload(visit, assistant):
    chat = visit().open().say("hello", "not a person")
    moment = datetime.now(UTC).timestamp()
    for text in CORPUS:
        chat.stored({"event": "user", "timestamp": moment, "text": text, "message_id": text[:60]})
    chat.type(CORPUS[1])
    expect(chat.host.locator(".visitor .bubble").last).to_have_text(CORPUS[1])
    chat.page.reload()
    expect(chat.host.locator(".visitor .bubble").nth(len(CORPUS))).to_be_visible()
    assert CORPUS[0] in chat.lines
    unharmed(chat, assistant)
