"""The events under the title of a chapter: those of the chapter are lit, and say so."""

import re

from chipbook.book.parts.spine import spine
from chipbook.topics.timeline import events


def test_a_chapter_lights_its_own_events():
    drawn = spine("denials")
    lit = re.findall(r'<li class="\w+ \w+ lit[^>]*><span>(.*?)</span>', drawn)
    own = [event for event in events().itertuples() if "denials" in event.chapters]
    assert len(lit) == len(own) > 0
    label = re.search(r'aria-label="(.*?)"', drawn)[1]
    for event in own:
        assert f"{event.day}: {event.label}" in lit
        assert f"{event.day}, {event.label}" in label
    # Who hears the page hears the chapter's own part alone; the keyboard goes on to the text.
    assert "tabindex" not in drawn
    assert drawn.startswith('<div role="img" aria-label=')
    assert '<ol class="spine" aria-hidden="true">' in drawn


def test_a_page_without_a_part_has_none():
    assert spine("glossary") == ""
