"""What stands beneath a claim to which nothing was done."""

from chipbook.book.pages.known_when import waiting
from chipbook.story.claims import claims


def test_a_silence_is_that_of_the_outlet_that_tells_it():
    """Of one coded report of two outlets, Reuters says that nobody responded."""
    assert waiting(claims()["reuters26-loan"]) == "No response."
    assert waiting(claims()["investing-reuters26-loan"]) == "No response."
    assert waiting(claims()["bb26-loan"]) == "No reply found."
    # A relay tells the silence for the only outlet of the report.
    assert waiting(claims()["ft26-capex"]) == "No response."
