"""An amount that a table states in millions is asked for in millions; a count of rows is not."""

import pytest

from source2synth.data.records import Column, Database, Table
from source2synth.programs.offline.frames import Frame
from source2synth.programs.offline.phrasebook.wording import scaled
from source2synth.programs.offline.reading import reading

COLUMNS = (
    Column(name="title", header="Title", type="text"),
    Column(name="viewers", header="Viewers (millions)", type="real"),
)
EPISODES = Database.of(
    (Table(name="episodes", columns=COLUMNS, rows=(("Pilot", 15.1), ("Stan", 8.2), ("Roger", 7.8))),)
)


@pytest.mark.parametrize(
    ("question", "frame", "wanted"),
    [
        ("How many viewers did Pilot have?", Frame("episodes", ("viewers",)), "… have, in millions?"),
        ("average number of viewers", Frame("episodes", ("viewers",), "avg"), "… viewers, in millions"),
        ("How many episodes are there?", Frame("episodes", (), "count"), "… are there?"),
        ("Which episode was first?", Frame("episodes", ("title",)), "… was first?"),
    ],
)
def test_the_scale_is_said_where_the_answer_has_it(question: str, frame: Frame, wanted: str) -> None:
    assert scaled(question, reading(EPISODES, "episodes"), frame).endswith(wanted.removeprefix("…"))
