"""The line of the story: its events lead to rows, its labels keep apart."""

import pytest
from reading import ROOT, rows

from chipbook.topics import timeline


def test_events_come_from_rows_and_play_in_chapters():
    table = timeline.events()
    assert table["date"].is_monotonic_increasing
    assert len(table) <= 25
    for event in table.itertuples():
        name, _, key = event.row.partition("/")
        held = rows(name)[key]
        said = held.get("date") or held.get("published")
        assert str(event.date)[:7] == said[:7], event.id
        assert event.source_ids == (key if name == "sources" else held["source_ids"])
        for chapter in event.chapters:
            assert (ROOT / "chapters" / f"{chapter}.md").is_file(), chapter


@pytest.mark.parametrize("words", ["wide", "tall"])
def test_labels_of_the_picture_say_the_day_and_no_two_touch(words: str):
    drawn = timeline.placed()
    lines = zip(drawn["day"], drawn[words].str.replace("\n", " "), strict=True)
    assert all(line.startswith(f"{day}: ") for day, line in lines)
    per_day = timeline.HEIGHT / (timeline.END - timeline.START).days
    for _, side in drawn.groupby("way"):
        top = (side[f"{words}_at"] - timeline.START).dt.total_seconds() / 86400 * per_day
        foot = top + 15 * (side[words].str.count("\n") + 1)
        assert (top.iloc[1:].to_numpy() >= foot.iloc[:-1].to_numpy()).all()
        assert foot.iloc[-1] < timeline.HEIGHT + 15
