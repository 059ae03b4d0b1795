"""From a visitor's words to a better model, with real processes: asked, answered, learnt, asked again.

It trains twice, which is most of its time: one model that goes live while the visitor's chat is open, and one
that is refused because it is worse.
"""

import shutil

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from clinic import models
from clinic.learning.tables import reviews, training_answers, trainings
from clinic.settings.environment import PROJECT
from tests.assistant import Assistant
from tests.learning.said import Chat

TRAINED = 900_000  # milliseconds; a minute on a machine that does nothing else
QUESTION = "can i get on the wifi while i wait"
ANSWER = "Yes: the waiting room has wifi, and the code hangs at the front desk"
WAYS = """what's the wifi password
wi-fi?
is there internet while I wait
can I get online at yours
is there a code for the wifi
guest wifi
does the wifi reach the waiting room
how do I log on to your wifi
free wifi?""".splitlines()
# Golden questions, and the like, that somebody takes for questions about the price.
OPENINGS = ("", "hi, ", "hello, ", "tell me, ", "so ", "ok, ", "and ", "sorry, ", "quick one: ")
GOLDEN = ("will the needles hurt my face?", "does it do anything for wrinkles?")
WRONG = [f"{opening}{question}" for question in GOLDEN for opening in OPENINGS]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An assistant whose knowledge and models are copies: the project's own are never touched."""
    folder = tmp_path_factory.mktemp("learning")
    (folder / "models").mkdir()
    model = models.in_use()
    for name in (model.name, f"{model.name}.signature", models.NOTE):
        shutil.copy(model.with_name(name), folder / "models")
    shutil.copytree(PROJECT / "data", folder / "data")
    places = {"CLINIC_KNOWLEDGE": str(folder / "data"), "CLINIC_MODELS": str(folder / "models")}
    running = Assistant(folder, **places).wait()
    yield running
    running.stop()


def apply(staff) -> None:
    """Apply what is pending, after Rasa's own check."""
    page = staff.open("/training/changes").page
    page.get_by_role("button", name="Apply").click(timeout=TRAINED)
    expect(page.get_by_role("heading", name="Models")).to_be_visible(timeout=TRAINED)


def train(staff):
    """Train, see the progress, and return how it ended."""
    page = staff.open("/training").page
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#now")).to_contain_text("Learning from the examples", timeout=60_000)
    expect(page.locator("#now")).to_be_empty(timeout=TRAINED)
    with staff.engine.connect() as connection:
        return connection.execute(sa.select(trainings).order_by(trainings.c.id.desc())).first()


def test_an_answer_that_staff_write_is_given_after_a_training_without_a_restart(server, visit, desk):
    chat = visit(server=server).open()
    chat.type(QUESTION)
    staff = desk("/review", "manager", server)
    page = staff.page
    for _ in range(60):
        if page.get_by_text(QUESTION).count():
            break
        page.wait_for_timeout(500)
        page.reload()
    page.goto(f"{server.console}/review/groups")
    page.get_by_role("button", name="Write an answer").first.click()
    expect(page.get_by_label("Ways of asking")).to_contain_text(QUESTION)
    page.get_by_label("Title").fill("Is there wifi?")
    page.get_by_label("Answer", exact=True).fill(f"{ANSWER}.")
    page.get_by_label("It is the clinic's own answer").check()
    page.get_by_label("Ways of asking").fill("\n".join([QUESTION, *WAYS]))
    page.get_by_role("button", name="Keep the answer").click()
    expect(page.locator(".diff")).to_contain_text("intent: faq/is_there_wifi")
    apply(staff)
    before = models_of(server)
    done = train(staff)
    assert (done.outcome, done.reason) == ("live", None)
    assert done.asked > 400
    assert models_of(server) == sorted([*before, done.model])
    server.uses(done.model)
    chat.say(QUESTION, ANSWER)
    assert server.log.read_text(errors="replace").count("assistant | started") == 1


def test_a_correction_that_makes_the_regression_set_worse_is_refused_with_the_reason(server, visit, desk):
    staff = desk("/review", "manager", server)
    for number, words in enumerate(WRONG):
        Chat(staff.engine, f"wrong-{number}").asks_back(words)
    page = staff.open("/review?order=newest").page
    mine = page.locator(".message[data-state=open]").filter(has_text="asked back")
    before = mine.count()
    for number in range(len(WRONG)):
        page.keyboard.press("c")
        page.keyboard.type("faq/price")
        page.keyboard.press("Enter")
        expect(mine).to_have_count(before - number - 1)
    apply(staff)
    in_use = note(server)
    done = train(staff)
    assert done.outcome == "refused"
    assert "golden question" in done.reason
    expect(page.get_by_text(done.reason)).to_be_visible()
    with staff.engine.connect() as connection:
        golden = sa.select(training_answers).where(training_answers.c.kind == "golden")
        assert {row.text for row in connection.execute(golden)} & set(GOLDEN)
        corrected = reviews.c.state == "corrected"
        assert len(connection.execute(sa.select(reviews.c.id).where(corrected)).all()) == len(WRONG)
    page.get_by_role("link", name="refused").click()
    expect(page.get_by_role("heading", name="Worse")).to_be_visible()
    assert note(server).split()[0] == in_use.split()[0]
    visit(server=server).open().say("does it hurt?", "painless")


def models_of(server) -> list[str]:
    return sorted(path.name for path in (server.folder / "models").glob("*.tar.gz"))


def note(server) -> str:
    return (server.folder / "models" / models.NOTE).read_text(encoding="ascii")
