"""Division of a corpus into held-out, slice 0 and slice 1 by communities of its link graph, before generation.

A random division of a connected corpus destroys chains: what a chain needs would lie on two sides. Documents that link
to each other go to one side together; the links that still cross are counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from ..errors import ConfigError
from .document_records import Corpus, MultiHopExample
from .links import LinkGraph
from .links.names import name_key
from .parts import ENOUGH_UNITS, PARTS, check_shares, position, preferred
from .records import Part, Record

RESOLUTIONS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Of the search for communities, coarse to fine; the first that gives small enough ones is taken."""
LARGEST = 0.5
"""Size of the largest community that is small enough, as a share of the smallest part."""
TOGETHER = 4
"""Documents that a community may have however small the corpus is: as many as a chain needs."""


class CorpusDivision(Record):
    """Which document is on which side; the same for the same corpus and seed, whatever is generated later."""

    by: Literal["community"] = "community"
    seed: int
    shares: tuple[float, float, float]
    """Shares of held-out, slice 0 and slice 1; they add up to 1."""
    assigned: dict[str, Part]
    """Part of each document, by its id, in the order of the corpus."""
    communities: int
    """How many groups of documents were kept together."""
    edges: int
    """Connected pairs of documents, whatever the direction."""
    lost_edges: int
    """Pairs of these that lie in two parts: no chain can use them."""
    notes: tuple[str, ...] = ()
    """What a reader of the figures must know about this division, one sentence each."""

    def part_of(self, of: MultiHopExample | str) -> Part:
        """Return the part of an example, or of a document by its id; raises KeyError."""
        return self.assigned[of if isinstance(of, str) else of.seed.source_ids[0]]

    def documents(self, part: Part) -> tuple[str, ...]:
        """Return the ids of the documents of a part, in the order of the corpus."""
        return tuple(id for id, own in self.assigned.items() if own == part)

    def corpus(self, corpus: Corpus, part: Part) -> Corpus:
        """Return the documents of a part as a corpus of their own."""
        own = tuple(document for document in corpus.documents if self.assigned[document.id] == part)
        return Corpus(documents=own, notices=corpus.notices)

    def split(self, examples: Sequence[MultiHopExample]) -> dict[Part, tuple[MultiHopExample, ...]]:
        """Sort examples into parts, their order kept."""
        found: dict[Part, list[MultiHopExample]] = {part: [] for part in PARTS}
        for example in examples:
            found[self.part_of(example)].append(example)
        return {part: tuple(rows) for part, rows in found.items()}


def divide_corpus(
    corpus: Corpus,
    graph: LinkGraph,
    *,
    seed: int,
    shares: tuple[float, float, float] = (0.2, 0.4, 0.4),
    previous: CorpusDivision | None = None,
) -> CorpusDivision:
    """Divide a corpus into held-out, slice 0 and slice 1.

    Each community goes where the hash of its most linked title says; with few communities one that finds its part full
    goes to the part that lacks most. Documents with one title stay together.

    Args:
        corpus: All documents of a run.
        graph: Its links.
        seed: Of the hash and of the search for communities.
        shares: Of held-out, slice 0, slice 1.
        previous: Division of an earlier, smaller state of the corpus: its documents stay where they are, a community
            with some of them follows most of these.

    Raises:
        ConfigError: shares that are not three positive numbers with sum 1, or fewer than three documents.
    """
    check_shares(shares)
    if len(corpus.documents) < len(PARTS):
        raise ConfigError(
            f"A corpus of {len(corpus.documents)} cannot be divided into held-out, slice 0 and slice 1; add documents."
        )
    pairs = _pairs(graph)
    groups = _communities(corpus, pairs, seed, _largest(len(corpus.documents), min(shares)))
    known = previous.assigned if previous else {}
    assigned = _assign(groups, _named(corpus, groups, pairs), seed, shares, known)
    lost = sum(assigned[one] != assigned[other] for one, other in pairs)
    return CorpusDivision(
        seed=seed, shares=shares, assigned={document.id: assigned[document.id] for document in corpus.documents},
        communities=len(groups), edges=len(pairs), lost_edges=lost, notes=_notes(groups, len(pairs), lost),
    )  # fmt: skip


def _largest(documents: int, share: float) -> float:
    """Return how many documents a community may have; three of them must be left, one for each part."""
    return max(LARGEST * share * documents, min(TOGETHER, documents // len(PARTS)))


def _pairs(graph: LinkGraph) -> Counter[tuple[str, str]]:
    """Count the edges between each two documents, whatever the direction."""
    return Counter((min(edge.source, edge.target), max(edge.source, edge.target)) for edge in graph.edges())


def _communities(
    corpus: Corpus, pairs: Mapping[tuple[str, str], int], seed: int, largest: float
) -> list[tuple[str, ...]]:
    """Return groups of document ids, each in the order of the corpus; namesakes are in one group."""
    import networkx as nx  # slow to import; only who divides a corpus pays for it

    order = {document.id: at for at, document in enumerate(corpus.documents)}
    net: nx.Graph[int] = nx.Graph()
    net.add_nodes_from(range(len(order)))
    net.add_weighted_edges_from(sorted((order[one], order[other], count) for (one, other), count in pairs.items()))
    found: list[set[int]] = []
    for resolution in RESOLUTIONS:
        found = nx.community.louvain_communities(net, seed=seed, resolution=resolution)
        if max(map(len, found)) <= largest:
            break
    merged = _with_namesakes(corpus, found)
    return sorted(tuple(corpus.documents[at].id for at in sorted(group)) for group in merged)


def _with_namesakes(corpus: Corpus, groups: Iterable[set[int]]) -> list[set[int]]:
    """Move every document to the group of the first one with its title."""
    group_of = {at: number for number, group in enumerate(groups) for at in group}
    first: dict[str, int] = {}
    found: dict[int, set[int]] = {}
    for at, document in enumerate(corpus.documents):
        number = group_of[first.setdefault(name_key(document.title), at)]
        found.setdefault(number, set()).add(at)
    return list(found.values())


def _named(
    corpus: Corpus, groups: Sequence[tuple[str, ...]], pairs: Mapping[tuple[str, str], int]
) -> dict[tuple[str, ...], str]:
    """Name each group after its document with most edges: a name that adding documents hardly changes."""
    degree: Counter[str] = Counter(id for pair in pairs for id in pair)
    titles = {document.id: document.title for document in corpus.documents}
    return {group: titles[min(group, key=lambda id: (-degree[id], titles[id], id))] for group in groups}


def _assign(
    groups: Sequence[tuple[str, ...]],
    names: Mapping[tuple[str, ...], str],
    seed: int,
    shares: tuple[float, float, float],
    known: Mapping[str, Part],
) -> dict[str, Part]:
    total = sum(map(len, groups))
    quota: dict[Part, float] = {part: share * total for part, share in zip(PARTS, shares, strict=True)}
    used: Counter[Part] = Counter()
    assigned: dict[str, Part] = {}
    for group in sorted(groups, key=lambda group: (position(seed, names[group]), group)):
        before: Counter[Part] = Counter(known[id] for id in group if id in known)
        part: Part = before.most_common(1)[0][0] if before else preferred(position(seed, names[group]), shares)
        if not before and len(groups) < ENOUGH_UNITS and used[part] + len(group) / 2 > quota[part]:
            part = max(PARTS, key=lambda other: (quota[other] - used[other], -PARTS.index(other)))
        used[part] += len(group)
        assigned |= {id: known.get(id, part) for id in group}
    return assigned


def _notes(groups: Sequence[tuple[str, ...]], edges: int, lost: int) -> tuple[str, ...]:
    share = f" ({lost / edges:.1%})" if edges else ""
    total = sum(map(len, groups))
    return (
        f"{total:,} documents in {len(groups):,} communities, the largest of {max(map(len, groups)):,}; {lost:,} of "
        f"{edges:,} connected pairs{share} lie in two parts and can be in no chain.",
    )
