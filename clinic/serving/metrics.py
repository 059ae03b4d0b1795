"""What Prometheus reads of this process: messages, times by stage, topics, fallbacks, errors, queue.

Labels are names from the domain and of channels, never words or identities of visitors.
"""

from __future__ import annotations

import logging

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, raw

from clinic.secret import METRICS, is_bearer, secret
from clinic.serving.refusal import forbidden

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds

disable_created_metrics()
MESSAGES = Counter("clinic_messages", "Visitors' messages processed.", ["channel"])
STAGE = Histogram(
    "clinic_message_seconds",
    "Time of a message: all of it, and of that waiting for its conversation, loading the conversation, "
    "understanding, answering (predictions and actions) and saving.",
    ["stage"],
    buckets=BUCKETS,
)
TOPICS = Counter("clinic_topics", "What visitors asked about.", ["topic"])
NOT_UNDERSTOOD = Counter("clinic_fallbacks", "Messages that were not understood or off topic.")
ERRORS = Counter("clinic_errors", "Errors written to the log.", ["logger"])
IN_FLIGHT = Gauge("clinic_messages_in_flight", "Messages received and not yet answered: the queue.")
RESPONSES = Counter("clinic_http_responses", "HTTP responses.", ["status"])


async def metrics(request: Request) -> HTTPResponse:
    """Answer a monitoring system that shows the token of CLINIC_DATA/metrics-token; 403 otherwise."""
    if not is_bearer(request.headers.get("Authorization"), secret(METRICS)):
        return forbidden()
    return raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)


async def count_response(_request: Request, response: BaseHTTPResponse) -> None:
    """Count a response by its status (Sanic's response middleware)."""
    RESPONSES.labels(str(response.status)).inc()


class CountErrors(logging.Handler):
    """Counts what is logged as an error, so that an alarm can be set on it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        ERRORS.labels(record.name).inc()
