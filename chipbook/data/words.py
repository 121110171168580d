"""The words that the data may use, each list in one place.

The schema of a table allows them; code that asks for one takes it from here.
"""

from chipbook.data.settings import settings

LOWER = ("at least", "more than")
"""Qualifiers of a number that is a lower bound."""

UPPER = ("less than", "nearly", "up to")
"""Qualifiers of a number that is an upper bound."""

QUALIFIERS = ("exact", "about", *LOWER, *UPPER)

STATUSES = ("filed", "announced", "reported", "estimated", "computed")
"""From the best footing to the weakest. What is computed rests on its weakest part."""

STRENGTHS = ("primary", "strong", "relay", "weak")
"""How near a page is to the event, from the nearest."""

DENIALS = ("denied in full", "denied in part", "disputed wording")
"""Answers that contest a report. The others (silence, no comment, confirmation) do not."""

SILENCE = ("declined to comment", "no response", "no reply found")
"""Answers without words. "No reply found" is about our search, not the company."""

DATES: tuple[str, ...] = tuple(settings(__file__)["dates"])
"""Columns that hold a date or a period of ISO 8601, in every table."""
