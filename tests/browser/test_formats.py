"""Line 17: what Rasa's response format holds, and the page's own ways to speak with the chat."""

from playwright.sync_api import expect


def test_line_17_quick_replies_links_lists_and_pictures(visit, assistant):
    chat = visit().open().say("hello", "not a person")
    chat.utter(
        "See [our page](https://clinic.example/info), write to mailto:hello@clinic.example "
        "or call tel:+442079460018.\n"
        "- first\n- second\n\n1. one\n2. two",
        buttons=[{"title": "Does it hurt?", "payload": "does it hurt?"}],
        image="/widget/icon.svg",
    )
    bubble = chat.host.locator(".bot .bubble").last
    expect(bubble.get_by_role("link", name="our page")).to_have_attribute(
        "href", "https://clinic.example/info"
    )
    expect(bubble.get_by_role("link", name="our page")).to_have_attribute("rel", "noopener noreferrer")
    expect(bubble.locator("a[href^=mailto], a[href^=tel]")).to_have_count(2)
    expect(bubble.locator("ul li")).to_have_text(["first", "second"])
    expect(bubble.locator("ol li")).to_have_text(["one", "two"])
    picture = bubble.get_by_role("img", name="Picture from the clinic")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("(image) => image.naturalWidth") > 0
    chat.choose("Does it hurt?", "practically painless")
    expect(chat.host.locator(".visitor .bubble").last).to_have_text("Does it hurt?")


def test_line_17_attachments_and_videos(visit, assistant):
    chat = visit().open().say("hello", "not a person")
    film = f"{assistant.address}/widget/film.mp4"
    chat.utter("A film", attachment={"type": "video", "payload": {"src": film, "title": "The treatment"}})
    expect(chat.host.locator("video")).to_have_attribute("src", film)
    expect(chat.host.locator("video")).to_have_attribute("preload", "none")
    chat.utter("A page", attachment={"type": "video", "payload": {"src": "https://clinic.example/video"}})
    expect(chat.host.get_by_role("link", name="Video from the clinic")).to_be_visible()
    chat.utter(
        "A file", attachment={"type": "file", "payload": {"url": "/widget/icon.svg", "title": "Price list"}}
    )
    expect(chat.host.get_by_role("link", name="Price list")).to_have_attribute(
        "href", f"{assistant.address}/widget/icon.svg"
    )
    chat.utter("Bare", attachment="https://clinic.example/sheet.pdf")
    expect(chat.host.get_by_role("link", name="Open the attachment")).to_be_visible()
    chat.utter("A list", custom={"type": "list", "items": ["apples", {"title": "pears"}]})
    expect(chat.host.locator(".bot .bubble").last.locator("li")).to_have_text(["apples", "pears"])


def test_line_17_pictures_come_from_the_clinics_configured_places(visit, assistant):
    chat = visit().open().say("hello", "not a person")
    address = f"{assistant.address.replace('127.0.0.1', 'localhost')}/widget/icon.svg"
    chat.utter("Another origin", image=address.replace("http:", "https:"))
    expect(chat.host.get_by_role("link", name="Picture from the clinic")).to_be_visible()
    assert not any("localhost" in url for url in chat.requests)


def test_line_17_what_it_does_not_know_shows_as_text(visit):
    chat = visit().open().say("hello", "not a person")
    chat.utter(custom={"type": "carousel", "cards": [1, 2]})
    chat.see('{"type":"carousel","cards":[1,2]}')
    chat.utter(custom={"text": "plain words", "more": True})
    expect(chat.log.get_by_text("plain words", exact=True)).to_be_visible()
    chat.utter("Words", attachment={"odd": True})
    chat.see('{"odd":true}')


def test_the_page_can_open_close_and_send_and_hears_what_happens(visit):
    chat = visit()
    chat.page.evaluate("""() => {
      window.heard = [];
      for (const name of ['open', 'close', 'message', 'unread', 'presence'])
        document.addEventListener(`chat-${name}`, (event) => heard.push([name, event.detail]));
    }""")
    chat.host.evaluate("(chat) => chat.send('does it hurt?')")
    chat.see("practically painless")
    chat.staff("announce", "joined", "Anna")
    chat.see("Anna has joined the chat.")
    chat.host.evaluate("(chat) => { chat.open = false }")
    expect(chat.box).to_be_hidden()
    chat.utter("Later.")
    chat.page.wait_for_function("heard.some(([name]) => name === 'unread')")
    heard = chat.page.evaluate("heard")
    assert [name for name, _ in heard if name in ("open", "close")] == ["open", "close"]
    assert ["presence", {"state": "joined", "name": "Anna"}] in heard
    assert any(name == "message" and "painless" in (detail["text"] or "") for name, detail in heard)


def test_colours_texts_position_and_theme_are_the_pages_choice(visit):
    chat = visit("/widget/demo/strict-csp.html")
    chat.page.evaluate("""() => {
      document.querySelector('clinic-chat').remove();
      const chat = document.createElement('clinic-chat');
      const wished = { accent: '#f5c542', position: 'start', theme: 'dark',
        greeting: 'Ask away.', clinic: 'Rosewood' };
      for (const [name, value] of Object.entries(wished)) chat.setAttribute(name, value);
      document.body.append(chat);
    }""")
    chat.open().see("Ask away.")
    chat.page.wait_for_timeout(300)
    colour = "(node) => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
    chat.say("hello", "not a person")
    assert chat.host.locator(".visitor .bubble").first.evaluate(colour) == [
        "rgb(245, 197, 66)",
        "rgb(29, 26, 23)",
    ]
    assert chat.button.evaluate(colour)[0] == "rgb(245, 197, 66)"
    assert chat.host.locator(".panel").bounding_box()["x"] == 20
    assert chat.host.locator(".panel").evaluate(colour)[0] == "rgb(34, 31, 28)"
    expect(chat.host.get_by_role("heading", name="Rosewood")).to_be_visible()
    styled = chat.page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('clinic-chat::part(composer) { outline: 3px solid rgb(1, 2, 3) }');
      document.adoptedStyleSheets.push(sheet);
      const { shadowRoot } = document.querySelector('clinic-chat');
      return getComputedStyle(shadowRoot.querySelector('.composer')).outlineColor;
    }""")
    assert styled == "rgb(1, 2, 3)"
