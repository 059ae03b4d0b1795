"""Conversations: the list, the transcript, the live view, taking over, export.

``/conversations`` is a list whose filter stands in its address, so that a figure can link to what is behind
it. ``/conversations/export.csv`` and ``/conversations/export.jsonl`` take the same. The parameters, all
optional and all meant at once:

=============  ================================================================================
``q``          words that were said, by whomever; "several words" in quotes stand side by side
``from``       first day, as 2026-11-23, on the clinic's clock
``to``         last day
``by``         ``started``: the days are of the first message, instead of the latest
``channel``    such as ``widget``
``topic``      such as ``faq/pain``: one of what was asked
``below``      percent: the least sure topic was understood with less confidence than this
``unclear``    ``1``: something was not understood
``thumbs``     ``up`` or ``down``: one at least
``booked``     ``yes`` or ``no``
``step``       how far a booking came at least: wanted, time or contact
``hour``       ``0-14``: on a Monday from 14:00 to 15:00 by the clinic's clock (0 to 6, 0 to 23)
``outcome``    opened, not_understood, answered, handed_over or booked: the most that came of it
``trouble``    ``1``: an apology instead of an answer
``taken``      ``1``: somebody of the staff has it at present
``before``     paging: an opaque place in the list; what comes after it
``after``      paging: what comes before it
=============  ================================================================================
"""
