"""One message's turn: within a time limit, saved before it is said, and never silent."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from rasa.core.actions.action import ActionBotResponse, ActionExecutionRejection, ActionListen
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import SQLAlchemyError

from clinic import cores
from clinic.conversation import takeover
from clinic.conversation.inbox import AlreadyAnswered
from clinic.conversation.takeover import TakenOver
from clinic.conversation.trouble import TROUBLE, Unavailable, apology
from clinic.database import database
from clinic.nlu import topics
from clinic.settings import environment

APOLOGY_SECONDS = 0.4  # to save an apology, beyond the turn's own limit
BACK = "I'm the clinic's assistant again, an automated one. What else would you like to know?"
GOING_ON = {
    None: "I'm the clinic's assistant again, an automated one. Let's go on where we stopped.",
    "booking_form": "I'm the clinic's assistant again, an automated one. "
    "Let's go on with your booking where we stopped.",
}
NOT_UNDERSTOOD: dict[str, Any] = {"intent": {"name": None, "confidence": 0.0}, "entities": []}
READ_ONLY = (ActionBotResponse, ActionListen)  # actions that change nothing of the tracker they get
# One thread: components need not be safe for several. Most of its time is spent outside Python.
_understanding = ThreadPoolExecutor(1, thread_name_prefix="understanding", initializer=cores.roam)
logger = logging.getLogger(__name__)


class Held(OutputChannel):
    """Holds a turn's replies back until they are saved: what a visitor has read is never forgotten."""

    def __init__(self, channel: OutputChannel) -> None:
        self.channel, self.replies = channel, list[dict[str, Any]]()

    def name(self) -> str:  # type: ignore[override]
        """Return the real channel's name: responses may differ from channel to channel."""
        return str(self.channel.name())

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep a reply for later."""
        self.replies.append(message)

    async def deliver(self, recipient_id: str) -> None:
        """Send what was held back. A reply that cannot be delivered is saved all the same."""
        for reply in self.replies:
            try:
                await self.channel.send_response(recipient_id, reply)
            except Exception:
                logger.exception("A reply was saved and could not be delivered.")


class Turns(MessageProcessor):
    """Rasa's message processor, with six changes.

    A message has a time limit, and is understood off the event loop. Its replies are sent once they
    are saved, all or none. An action's
    exception ends the turn with an apology that staff see, instead of being logged and taken for
    success with its events lost. A turn that says nothing apologises. While a person of the clinic
    answers, a message is kept and understood, and nothing is said or done.
    """

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """Process a message and return the replies of a collecting channel.

        Raises:
            Unavailable: the database cannot be used; nothing was changed, and the message may come again.

        """
        channel, start = message.output_channel, time.monotonic()
        held = message.output_channel = Held(channel)
        try:
            await self._within_limit(message, held, start)
        except (SQLAlchemyError, TimeoutError) as error:
            raise Unavailable from error
        finally:
            message.output_channel = channel
        await held.deliver(message.sender_id)
        return channel.messages if isinstance(channel, CollectingOutputChannel) else None

    async def _within_limit(self, message: UserMessage, held: Held, start: float) -> None:
        """Process, or apologise, in time; then save. A save that has begun is waited for: it may succeed."""
        limit = environment().turn_seconds
        try:
            async with asyncio.timeout(limit):
                tracker = await self._turn(message, held)
        except (SQLAlchemyError, Unavailable):
            raise
        except Exception:
            logger.exception("A message could not be processed; the visitor is told.")
            left = start + limit - time.monotonic()
            async with asyncio.timeout(max(left, 0) + APOLOGY_SECONDS):
                tracker = await self._apologise(message, held)
        try:
            await self.save_tracker(tracker)
        except TakenOver:
            held.replies.clear()
            with suppress(AlreadyAnswered):
                await self.save_tracker(await self._keep(message, held))
        except AlreadyAnswered:
            held.replies.clear()

    async def _turn(self, message: UserMessage, held: Held) -> DialogueStateTracker:
        """Understand, predict and act, as Rasa does; return the tracker that is to be saved."""
        tracker = await self.log_message(message, should_save_tracker=False)
        if tracker.is_paused() or getattr(tracker, "taken", False):
            return self._listen(tracker)
        tracker = await self.run_action_extract_slots(held, tracker)
        if tracker.latest_message.intent.get("name") in topics.WISHES:
            await self._say_also(tracker, held)
        said = len(held.replies)
        await self._run_prediction_loop(held, tracker)
        command = (message.text or "").startswith("/")
        if len(held.replies) == said and not command and not tracker.is_paused():
            await self._say_sorry(tracker, held)
        return tracker

    async def _apologise(self, message: UserMessage, held: Held) -> DialogueStateTracker:
        """Keep the message and an apology on the conversation as it was before this turn."""
        held.replies.clear()
        tracker = await self._with_message(message, held)
        tracker.update(ActionExecuted(TROUBLE), self.domain)
        await self._say_sorry(tracker, held)
        return self._listen(tracker)

    async def _keep(self, message: UserMessage, held: Held) -> DialogueStateTracker:
        """Keep the message alone: a person has taken over while it was being answered."""
        return self._listen(await self._with_message(message, held))

    async def _with_message(self, message: UserMessage, held: Held) -> DialogueStateTracker:
        """Return the conversation as it was before this turn, and the message."""
        tracker = await self.fetch_tracker_and_update_session(message.sender_id, held, message.metadata)
        understood = message.parse_data or NOT_UNDERSTOOD
        said = UserUttered(
            message.text,
            understood["intent"],
            understood["entities"],
            understood,
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata=message.metadata,
        )
        tracker.update(said, self.domain)
        return tracker

    def _listen(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME), self.domain)
        return tracker

    async def resume(self, conversation: str) -> None:
        """Say that the assistant is back after a person, and ask a form's open question again.

        The caller holds the conversation's lock.
        """
        if conversation not in await asyncio.to_thread(takeover.handed_back, database()):
            return  # another process has done it, or a message was answered meanwhile
        tracker = await self.get_tracker(conversation)
        slot = tracker.get_slot(REQUESTED_SLOT) if tracker.active_loop_name else None
        back = GOING_ON.get(tracker.active_loop_name, GOING_ON[None]) if slot else BACK
        tracker.update(BotUttered(back, metadata={"utter_action": "utter_back"}), self.domain)
        if slot:
            held = Held(CollectingOutputChannel())
            form: Any = self._get_action(tracker.active_loop_name or "")
            asked = await form._ask_for_slot(self.domain, self.nlg, held, slot, tracker)  # noqa: SLF001
            tracker.update_with_events(asked, self.domain)
        await self.save_tracker(tracker)

    async def _say_sorry(self, tracker: DialogueStateTracker, held: Held) -> None:
        reply = BotUttered(apology(remembered=True), metadata={"utter_action": TROUBLE})
        tracker.update(reply, self.domain)
        await held.send_response(tracker.sender_id, reply.message())

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """Understand a message, off the event loop, and keep what was understood if the turn fails later.

        Whether the domain knows what was understood (Rasa's ``_check_for_unseen_features``) is a matter
        of training, where it is checked.
        """
        if self.http_interpreter:
            understood = await super().parse_message(message, tracker, only_output_properties)
        else:
            understood = await asyncio.get_running_loop().run_in_executor(
                _understanding,
                self._parse_message_with_graph,
                message,
                tracker or DialogueStateTracker.from_events(message.sender_id, []),
                only_output_properties,
            )
            self._update_full_retrieval_intent(understood)
        message.parse_data = understood
        return understood

    async def _run_action(
        self, action: Any, tracker: DialogueStateTracker, output_channel: Any, nlg: Any, prediction: Any
    ) -> bool:
        """Run an action; its exception ends the turn."""
        again = bool(self.should_predict_another_action(action.name()))
        given = tracker
        told = any(type(event) is not DefinePrevUserUtteredFeaturization for event in prediction.events)
        if told or not isinstance(action, READ_ONLY):  # that event is for policies
            given = tracker.copy()
            given.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, given, self.domain) or []
        except ActionExecutionRejection:
            rejected = ActionExecutionRejected(
                action.name(), prediction.policy_name, prediction.max_confidence
            )
            tracker.update(rejected)
            return again
        self._log_action_on_tracker(tracker, action, events, prediction)
        if any(isinstance(event, UserUttered) for event in events):
            tracker = await self.run_action_extract_slots(output_channel, tracker)
        await self.execute_side_effects(events, tracker, output_channel)
        if action.name() == f"utter_{tracker.latest_message.intent.get('name')}":
            await self._say_also(tracker, output_channel)
        return again

    async def _say_also(self, tracker: DialogueStateTracker, output_channel: Any) -> None:
        """Say what a message asks beside its intent (RasaHQ/rasa#374, #5090): stock Rasa answers one.

        Of a wish it is said first, so that its form's question comes last. In a form, the form's actions
        say it. Test: tests/server/test_conversations.py::test_two_questions_get_two_answers.
        """
        selection = tracker.latest_message.parse_data.get("response_selector", {}).get(topics.FAQ, {})
        for response in selection.get("also", []):
            events = await ActionBotResponse(response).run(output_channel, self.nlg, tracker, self.domain)
            await self._send_bot_messages(events, tracker, output_channel)
            tracker.update_with_events(events, self.domain)
