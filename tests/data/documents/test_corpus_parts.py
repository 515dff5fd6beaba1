"""Communities stay together, the parts are about as large as asked for, and what is lost is counted."""

from collections import Counter

import pytest

import source2synth
from source2synth.data import Corpus, Document, divide_corpus, link_graph, read_documents
from source2synth.errors import ConfigError

SAMPLES = read_documents(f"{next(iter(source2synth.__path__))}/data/samples/documents")
GRAPH = link_graph(SAMPLES)


def islands(number: int, size: int = 4) -> Corpus:
    """Make groups of documents that name each other and no others."""
    names = [[f"Place{group}x{at}" for at in range(size)] for group in range(number)]
    return Corpus(
        documents=tuple(
            Document.of(name, f"It is near {' and '.join(other for other in group if other != name)}.")
            for group in names
            for name in group
        )
    )


def test_communities_stay_together() -> None:
    corpus = islands(30)
    division = divide_corpus(corpus, link_graph(corpus), seed=7)
    for at in range(0, len(corpus.documents), 4):
        assert len({division.part_of(document.id) for document in corpus.documents[at : at + 4]}) == 1
    assert (division.communities, division.lost_edges, division.edges) == (30, 0, 30 * 6)


def test_the_same_seed_gives_the_same_parts_of_about_the_size_asked_for() -> None:
    division = divide_corpus(SAMPLES, GRAPH, seed=7)
    assert division == divide_corpus(SAMPLES, link_graph(SAMPLES), seed=7)
    assert division.assigned != divide_corpus(SAMPLES, GRAPH, seed=8).assigned
    sizes = Counter(division.assigned.values())
    for part, share in zip(("held_out", "slice_0", "slice_1"), division.shares, strict=True):
        assert abs(sizes[part] / len(SAMPLES.documents) - share) < 0.1


def test_lost_edges_are_counted_and_fewer_than_at_random() -> None:
    division = divide_corpus(SAMPLES, GRAPH, seed=7)
    pairs = {frozenset((edge.source, edge.target)) for edge in GRAPH.edges()}
    lost = sum(len({division.part_of(id) for id in pair}) > 1 for pair in pairs)
    assert (division.edges, division.lost_edges) == (len(pairs), lost)
    assert lost < 0.64 * len(pairs)  # of pairs divided at random, 1 - 0.2² - 0.4² - 0.4² are lost
    assert f"{lost} of {len(pairs)} connected pairs" in division.notes[0]


def test_parts_are_corpora() -> None:
    division = divide_corpus(SAMPLES, GRAPH, seed=7)
    parts = [division.corpus(SAMPLES, part) for part in ("held_out", "slice_0", "slice_1")]
    assert sum(len(part.documents) for part in parts) == len(SAMPLES.documents)
    assert tuple(document.id for document in parts[0].documents) == division.documents("held_out")


def test_namesakes_are_on_one_side() -> None:
    twins = tuple(Document.of("Springfield", f"A town, the {at}th.") for at in range(12))
    corpus = Corpus(documents=(*islands(10).documents, *twins))
    division = divide_corpus(corpus, link_graph(corpus), seed=3)
    assert len({division.part_of(twin.id) for twin in twins}) == 1


def test_with_an_earlier_division_nothing_moves() -> None:
    corpus = islands(40)
    small = Corpus(documents=corpus.documents[:60])
    before = divide_corpus(small, link_graph(small), seed=5)
    after = divide_corpus(corpus, link_graph(corpus), seed=5, previous=before)
    assert all(after.part_of(id) == part for id, part in before.assigned.items())


def test_what_cannot_be_divided_says_so() -> None:
    with pytest.raises(ConfigError, match="must be positive and add up to 1"):
        divide_corpus(SAMPLES, GRAPH, seed=1, shares=(0.5, 0.5, 0.5))
    two = Corpus(documents=SAMPLES.documents[:2])
    with pytest.raises(ConfigError, match="cannot be divided"):
        divide_corpus(two, link_graph(two), seed=1)


def test_of_ten_documents_pairs_stay_together() -> None:
    corpus = islands(5, 2)
    division = divide_corpus(corpus, link_graph(corpus), seed=0)
    assert (division.communities, division.lost_edges) == (5, 0)
    assert set(division.assigned.values()) == {"held_out", "slice_0", "slice_1"}
