"""The driver of each platform, by its name."""

from __future__ import annotations

from tests.channels.messaging.driver import Driver
from tests.channels.messaging.meta_drivers import MessengerDriver, WhatsAppDriver
from tests.channels.messaging.telegram_driver import TelegramDriver
from tests.channels.messaging.twilio_driver import TwilioDriver

EVERY: tuple[type[Driver], ...] = (TelegramDriver, MessengerDriver, WhatsAppDriver, TwilioDriver)
DRIVERS = {driver.simulator.name: driver for driver in EVERY}
