"""Pages of random worlds: a few documents, and the questions of one or more hops that they answer, or do not.

The questions, their hops and their wording are made by the programs that make them of a user's documents, so that
the student is taught what it will be asked.
"""

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...data.document_records import SIZES, Corpus, Hop, MultiHopExample, Passage, Shape
from ...data.links import link_graph
from ...data.records import STYLES, Seed, Style
from ...data.render_documents import render_chain, render_passages
from ...programs.hop_reasoner import chain_of
from ...programs.multihop_questions import MultiHopQuestions
from ...programs.offline.hops.atlas import atlas_of
from ...programs.offline.hops.asked import Asked
from ...programs.offline.hops.seeds import EntitySeeds
from ...programs.offline.hops.wording import drawn, filled, fitting
from ...programs.offline.relations import ASKS
from ...programs.twins import unanswerable_twin
from .corpus import Page
from .worlds import random_world

if TYPE_CHECKING:
    from ...data.links import LinkGraph

WITHHELD_FORMS: tuple[Shape, ...] = ("bridge_comparison",)
"""Shapes of multi-hop questions that the student never met."""
WITHHELD_STYLES: tuple[Style, ...] = ("descriptive", "vague")
"""Styles of multi-hop questions that it never heard; `vague` has none."""
WANTED = 300
"""Examples made of one world, at most."""
FOLLOWED, COMPUTED = 4, 2
"""Questions a page, at most, whose last hop is asked of a document, and is computed."""
LETTERS = 2_600
"""Letters of a page's documents, at most."""


def world_pages(seed: int, count: int = 30) -> Iterator[Page]:
    """Yield pages of one random world."""
    rng = random.Random(f"world {seed}")
    corpus = random_world(rng)
    graph = link_graph(corpus)
    shapes = tuple(shape for shape in SIZES if shape not in WITHHELD_FORMS)
    styles = tuple(style for style in STYLES if style not in WITHHELD_STYLES)
    generate = MultiHopQuestions.offline(shapes=shapes, seeds=EntitySeeds(hub=1000))
    examples = generate.many(corpus, WANTED, seed=seed, graph=graph, styles=styles)
    singles = single_hops(corpus, graph, rng)
    for _ in range(count if examples else 0):
        page = _page(corpus, examples, singles, rng)
        if page["questions"]:
            yield page


def single_hops(corpus: Corpus, graph: "LinkGraph", rng: random.Random) -> list[MultiHopExample]:
    """Return a question of one hop for every fact that can be asked for."""
    atlas = atlas_of(corpus, graph)
    return [_single(one, rng) for one in atlas.asked if atlas.opens(one) or one.year]


def _single(one: Asked, rng: random.Random) -> MultiHopExample:
    ask = ASKS[one.ask]
    noun = one.noun if one.noun or fitting(ask.questions, "") else ask.noun
    question = filled(drawn(ask.questions, noun, rng), one.start, noun, one.year)
    hop = Hop(question=question, answer=one.answer, evidence=one.evidence, relation=one.ask)
    seed = Seed(kind="uniform", text=one.answer, source_ids=(one.document_id,))
    return MultiHopExample.of(question=question, hops=(hop,), answer=one.answer, shape="chain", seed=seed)


def _page(
    corpus: Corpus, examples: Sequence[MultiHopExample], singles: Sequence[MultiHopExample], rng: random.Random
) -> Page:
    """Lay out the documents of one or two examples, with others, and ask what they answer."""
    shown = _shown(corpus, examples, rng)
    answered = [one for one in examples if set(one.seed.source_ids) <= shown]
    rng.shuffle(answered)
    followed = [one for one in answered if one.hops[-1].operation == "span"]
    computed = [one for one in answered if one.hops[-1].operation != "span"]
    plain = [one for one in singles if one.seed.source_ids[0] in shown]
    lost = [twin for one in examples if (twin := _twin(one, shown, rng)) is not None]
    rng.shuffle(lost)
    asked = followed[:FOLLOWED] + computed[:COMPUTED]
    asked += rng.sample(plain, min(len(plain), 1 if len(asked) > 2 else 2)) + lost[: rng.choice((0, 1, 1))]
    ids = sorted(shown)
    rng.shuffle(ids)
    passages = [_whole(corpus, id) for id in ids]
    written = [
        (one.question, render_chain(chain_of(one, passages), one.answer), one.shape, len(one.hops)) for one in asked
    ]
    return {"table": render_passages(passages), "questions": written}


def _shown(corpus: Corpus, examples: Sequence[MultiHopExample], rng: random.Random) -> set[str]:
    """Choose documents: those of an example, those of others that share one with it, and some more."""
    wanted = rng.choice((2, 3, 3, 4, 4, 5, 6, 7))
    shown = set(rng.choice(examples).seed.source_ids)
    near = [one for one in examples if shown & set(one.seed.source_ids)]
    pool = [id for one in rng.sample(near, min(len(near), 6)) for id in one.seed.source_ids]
    pool += [one.id for one in rng.sample(corpus.documents, 4)]
    for id in pool:
        if len(shown) < wanted and sum(len(corpus.document(one).text) for one in {*shown, id}) < LETTERS:
            shown.add(id)
    return shown


def _twin(one: MultiHopExample, shown: set[str], rng: random.Random) -> MultiHopExample | None:
    """Return the example as a question that these documents do not answer, if exactly one that it needs is missing."""
    missing = [id for id in one.seed.source_ids if id not in shown]
    if len(missing) != 1 or len(one.seed.source_ids) < 2:
        return None
    for at in range(8):
        twin = unanswerable_twin(one, rng.randrange(1 << 30) + at)
        if twin is not None and missing[0] not in twin.seed.source_ids:
            return twin
    return None


def _whole(corpus: Corpus, id: str) -> Passage:
    document = corpus.document(id)
    return Passage(document_id=id, title=document.title, start=0, end=len(document.text), text=document.text)
