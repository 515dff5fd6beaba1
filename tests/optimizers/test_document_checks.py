"""Each check of documents drops what it is for, and lets the sound examples through."""

from typing import Any, NamedTuple

import pytest

from source2synth.data.document_records import Corpus, Document, Hop, Link, MultiHopExample, Span
from source2synth.data.links import link_graph
from source2synth.data.records import Seed
from source2synth.optimizers.checks.documents import (
    DOCUMENT_CHECKS,
    Facts,
    Library,
    above_chance,
    answer_is_unique,
    asks_something_new,
    evidence_is_on_subject,
    library_of,
    neighbours_only,
    odds,
    run_document_checks,
    run_document_reductions,
    swapped,
    within_hub_cap,
)
from source2synth.programs import unanswerable_twin
from source2synth.programs.offline.relations import Stating

from ..programs.articles import CORPUS, GRAPH, IDS, LONGER, MOON, hop, seed, span


class Fact(NamedTuple):
    subject: str
    relation: str
    object: str


def stating(*facts: Fact) -> Facts:
    return lambda document, relation: [
        one for one in facts if one.relation == relation and one.subject in f"{document.title} . {document.text}"
    ]


LIBRARY = Library(CORPUS, GRAPH)
TWIN = unanswerable_twin(MOON, 1)


def other(example: MultiHopExample = MOON, **fields: Any) -> MultiHopExample:
    kept = {name: getattr(example, name) for name in ("question", "hops", "answer", "aliases", "shape", "seed")}
    return MultiHopExample.of(**{**kept, **fields})


def changed(example: MultiHopExample, at: int, **fields: Any) -> MultiHopExample:
    hops = list(example.hops)
    hops[at] = hops[at].model_copy(update=fields)
    return other(example, hops=tuple(hops))


def with_more(title: str, text: str, facts: tuple[Fact, ...] = (), **fields: Any) -> Library:
    corpus = Corpus(documents=(*CORPUS.documents, Document.of(title, text, **fields)))
    return Library(corpus, link_graph(corpus), stating(*facts))


@pytest.mark.parametrize("example", [MOON, LONGER, TWIN])
def test_sound_examples_pass_every_check(example: MultiHopExample) -> None:
    (verdict,) = run_document_checks([example], LIBRARY)
    assert (verdict.outcome, verdict.check) == ("kept", "checks"), verdict.reason


def elsewhere(example: MultiHopExample, at: int, title: str, answer: str) -> MultiHopExample:
    """Let a hop be answered by another document, which is then the example's."""
    found = changed(example, at, answer=answer, evidence=(span(title, answer),))
    old = example.hops[at].evidence[0].document_id
    ids = tuple(IDS[title] if id == old else id for id in example.seed.source_ids)
    return other(found, answer=found.hops[-1].answer, seed=example.seed.model_copy(update={"source_ids": ids}))


APOLLO = span("Neil Armstrong", "Apollo 11")
BAD = [
    ("follows_its_plan", other(answer="Buzz Aldrin"), "last hop gives 'Neil Armstrong'"),
    ("follows_its_plan", other(shape="comparison"), "has 3 hops, not 2"),
    ("follows_its_plan", other(shape="fan_out", hops=(*MOON.hops, LONGER.hops[2])), "not there"),
    ("follows_its_plan", changed(MOON, 1, question="Who was the commander?"), "#1 is not in its question"),
    ("follows_its_plan", changed(MOON, 1, uses=()), "which a chain has not there"),
    ("follows_its_plan", other(seed=MOON.seed.model_copy(update={"source_ids": ("x", "y")})), "no document x"),
    ("follows_its_plan", other(answerable=False), "unanswerable example has the answer"),
    ("spans_are_found", changed(MOON, 0, evidence=()), "has no evidence"),
    ("spans_are_found", changed(MOON, 0, answer="Apollo 12"), "the span reads 'Apollo 11'"),
    ("spans_are_found", changed(MOON, 0, evidence=(APOLLO.model_copy(update={"start": 3}),)), "does not read"),
    ("spans_are_found", changed(MOON, 0, evidence=(span("Apollo 11", "Apollo 11"),)), "none of the example's"),
    ("evidence_is_on_subject", elsewhere(MOON, 1, "Wapakoneta", "town"), "says nothing of 'Apollo 11'"),
    ("evidence_is_on_subject", elsewhere(LONGER, 0, "Elbe", "1,094 km"), "says nothing of 'Danube'"),
    ("hops_are_recomputed", other(changed(LONGER, 2, answer="Rhine"), answer="Rhine"), "gives 'Danube', not 'Rhine'"),
    ("hops_are_recomputed", changed(LONGER, 2, relation="later"), "cannot be computed"),
    ("hides_what_is_sought", other(question="Who was the commander of Apollo 11?"), "shows 'Apollo 11'"),
    ("hides_what_is_sought", other(question="Was it Neil Armstrong?"), "shows 'Neil Armstrong'"),
    ("hides_what_is_sought", other(aliases=("the first man",), question="Who was the first man?"), "another name"),
    ("hides_what_is_sought", other(LONGER, question="Is 2,850 km the Danube or the Rhine?"), "shows '2,850 km'"),
]


@pytest.mark.parametrize(("check", "example", "reason"), BAD, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_wrong_is_dropped_by_its_check(check: str, example: MultiHopExample, reason: str) -> None:
    (verdict,) = run_document_checks([example], LIBRARY)
    assert (verdict.outcome, verdict.check) == ("dropped", check), verdict.reason
    assert reason in verdict.reason
    assert verdict.reason.endswith(".")


def test_every_check_drops_something() -> None:
    tested = {check for check, _, _ in BAD} | {"answer_is_unique", "neighbours_only"}
    assert tested == {check.__name__ for check in DOCUMENT_CHECKS}


def test_another_name_of_the_bridge_gives_it_away_too() -> None:
    library = with_more("Eagle", "A craft.", aliases=("Apollo 11", "the landing craft"))
    (verdict,) = run_document_checks([other(question="Who led the landing craft?")], library)
    assert (verdict.check, verdict.evidence["shown"]) == ("hides_what_is_sought", "the landing craft")


def test_a_document_that_knows_both_ends_is_a_shortcut() -> None:
    library = with_more("Moon landing", "Neil Armstrong walked on the Moon.")
    verdict = neighbours_only(MOON, library)
    assert verdict.outcome == "dropped"
    assert "'Moon landing' alone holds 'The Moon' and 'Neil Armstrong'" in verdict.reason
    near = with_more("Landing", "Apollo 11 had Neil Armstrong aboard.")
    assert neighbours_only(MOON, near).outcome == "kept"


def test_a_document_that_holds_both_sides_of_a_comparison_is_a_shortcut() -> None:
    known = with_more("Lengths", "The Danube is 2,850 km long and the Rhine 1,230 km.")
    assert "alone holds" in neighbours_only(LONGER, known).reason
    assert neighbours_only(LONGER, with_more("Lengths", "The Danube is longer than the Rhine.")).outcome == "kept"


def test_what_only_meets_at_the_join_may_stand_together() -> None:
    joined = MultiHopExample.of(
        question="Of which continent are the river through Vienna and the one at Cologne?",
        hops=(
            hop("Which river flows through Vienna?", "Danube", "Vienna"),
            hop("On which river does Cologne lie?", "Rhine", "Cologne"),
            hop("Where are #1 and #2?", "Europe", "Rivers of Europe", (0, 1)),
        ),
        answer="Europe",
        shape="join",
        seed=seed("Danube -> Rhine -> Rivers of Europe", "Vienna", "Cologne", "Rivers of Europe"),
    )
    assert run_document_checks([joined], LIBRARY)[0].outcome == "kept"
    assert neighbours_only(joined, with_more("Trade", "Barges go from Vienna to the Rhine.")).outcome == "kept"
    ends = neighbours_only(joined, with_more("Capitals", "Vienna is in Europe."))
    assert "'Capitals' alone holds 'Vienna' and 'Europe'" in ends.reason


def test_a_number_counts_as_together_only_near_the_name() -> None:
    born = hop("When was the commander born?", "1,230 km", "Rhine")
    chain = MultiHopExample.of(
        question="How long is the river on which Cologne lies?",
        hops=(hop("On which river does Cologne lie?", "Rhine", "Cologne"), born.model_copy(update={"uses": (0,)})),
        answer="1,230 km",
        shape="chain",
        seed=seed("Rhine -> Rhine", "Cologne", "Rhine"),
    )
    far = with_more(
        "Far", "It lies near Cologne. " + "Nothing else happens here at all. " * 40 + "It is 1,230 km away."
    )
    near = with_more("Near", "It lies near Cologne, 1,230 km away.")
    without = Library(*(lambda corpus: (corpus, link_graph(corpus)))(only_apart()))
    assert neighbours_only(chain, without).outcome == "kept"
    assert "'Near'" in neighbours_only(chain, Library(more(without, near), GRAPH)).reason
    assert neighbours_only(chain, Library(more(without, far), GRAPH)).outcome == "kept"


def only_apart() -> Corpus:
    """The corpus with a Rhine article that does not name Cologne."""
    rhine = CORPUS.document(IDS["Rhine"])
    plain = rhine.model_copy(update={"text": rhine.text.replace("Cologne", "a city")})
    return Corpus(documents=tuple(plain if one.id == rhine.id else one for one in CORPUS.documents))


def more(library: Library, extra: Library) -> Corpus:
    return Corpus(documents=(*library.corpus.documents, extra.corpus.documents[-1]))


def test_namesakes_of_a_bridge_make_two_ways() -> None:
    library = with_more("Apollo 11 (film)", "A film of 2019.", aliases=("Apollo 11",))
    verdict = answer_is_unique(MOON, library)
    assert verdict.outcome == "dropped"
    assert "Apollo 11, Apollo 11 (film)" in verdict.reason


def test_facts_that_lead_elsewhere_are_followed_over_all_hops() -> None:
    first = MOON.hops[0].model_copy(update={"relation": "landed on"})
    moon = other(hops=(first, MOON.hops[1]))
    luna = with_more("Luna 2", "Luna 2 reached the Moon. Nobody was its commander.").corpus
    graph = link_graph(luna)
    known = (Fact("Apollo 11", "landed on", "the Moon"), Fact("Apollo 11", "commander of", "Neil Armstrong"))
    assert answer_is_unique(moon, Library(luna, graph, stating(*known))).outcome == "kept"
    dead_end = (*known, Fact("Luna 2", "landed on", "the Moon"))
    assert answer_is_unique(moon, Library(luna, graph, stating(*dead_end))).outcome == "kept"
    second = (*dead_end, Fact("Luna 2", "commander of", "Nobody"))
    verdict = answer_is_unique(moon, Library(luna, graph, stating(*second)))
    assert "but also to 'Nobody'" in verdict.reason
    same = (*dead_end, Fact("Luna 2", "commander of", "Armstrong"))
    assert answer_is_unique(moon, Library(luna, graph, stating(*same))).outcome == "kept"


TOWNS = {
    "Alban Tey": "Alban Tey (1801–1870) was a painter. He was born in Orsk.",
    "Orsk": "Orsk is a town in Vell. The river Mura flows through Orsk.",
    "Mura": "The Mura is a river of Vell. It flows through Orsk and into the sea.",
    "Tanna": "The Tanna is a river of Vell. It rises in the hills.",
}


def chained(corpus: Corpus) -> MultiHopExample:
    tey, orsk, *_ = corpus.documents
    hops = (
        Hop(question="Where was Alban Tey born?", answer="Orsk", relation="birthplace"),
        Hop(question="Which river flows through #1?", answer="Mura", relation="river through", uses=(0,)),
    )
    placed = (in_document(hops[0], tey, "Orsk"), in_document(hops[1], orsk, "Mura"))
    drawn = Seed(kind="uniform", text="Orsk -> Mura", source_ids=(tey.id, orsk.id))
    question = "Which river flows through the town where Alban Tey was born?"
    return MultiHopExample.of(question=question, hops=placed, answer="Mura", shape="chain", seed=drawn)


def test_the_patterns_read_facts_only_where_they_are_asked_about() -> None:
    corpus = Corpus(documents=tuple(Document.of(title, text) for title, text in TOWNS.items()))
    example = chained(corpus)
    library = library_of(corpus)
    assert library is library_of(corpus)
    assert answer_is_unique(example, library).outcome == "kept"
    assert library.related("Orsk", "river through", inverse=False) == ("Mura",)
    facts = Stating(corpus, library.graph)
    asked = Library(corpus, library.graph, facts)
    assert asked.related("Orsk", "is on a par with", inverse=False) == ()
    assert not facts._read  # no relation of the catalogue: nothing was read
    assert asked.related("Tanna", "mouth", inverse=False) == ()
    assert list(facts._read) == [corpus.documents[3].id]


def test_a_second_fact_of_the_corpus_makes_an_answer_one_of_two() -> None:
    other_river = TOWNS["Tanna"].replace("It rises in the hills", "It flows through Orsk")
    corpus = Corpus(documents=tuple(Document.of(t, s) for t, s in {**TOWNS, "Tanna": other_river}.items()))
    verdict = answer_is_unique(chained(corpus), library_of(corpus))
    assert verdict.outcome == "dropped"
    assert "leads to 'Mura', but also to 'Tanna'" in verdict.reason


def test_one_chain_is_asked_once_and_nearly_the_same_words_too() -> None:
    again = other(question="Of the first flight that put people on the Moon, who was in charge?")
    longer = other(LONGER, question=f"{LONGER.question[:-1]} ?", hops=(*LONGER.hops[:2], LONGER.hops[2]))
    examples = [MOON, again, LONGER, TWIN]
    verdicts = asks_something_new([one for one in examples if one])
    assert sorted(one.outcome for one in verdicts[:2]) == ["dropped", "kept"]
    assert [one.outcome for one in verdicts[2:]] == ["kept", "kept"]
    dropped = next(one for one in verdicts if one.outcome == "dropped")
    assert dropped.evidence["twin"] == min(MOON.id, again.id)
    near = other(longer, seed=seed("Danube -> Elbe", "Danube", "Elbe"))
    assert sorted(one.outcome for one in asks_something_new([LONGER, near])) == ["dropped", "kept"]


def test_hubs_and_bridges_are_capped_in_id_order() -> None:
    many = [other(question=f"{at}?") for at in range(6)]
    ids = sorted(one.id for one in many)
    verdicts = {one.example_id: one for one in within_hub_cap(many)}
    assert [verdicts[id].outcome for id in ids] == ["kept"] * 3 + ["dropped"] * 3
    assert "bridge 'apollo 11' and the relation 'commander of'" in verdicts[ids[-1]].reason
    loose = {one.example_id: one for one in within_hub_cap(many, per_bridge=9, per_document=4)}
    assert [loose[id].outcome for id in ids] == ["kept"] * 4 + ["dropped"] * 2
    assert "shape chain" in loose[ids[-1]].reason
    assert within_hub_cap(many[::-1])[::-1] == within_hub_cap(many)


def test_reductions_go_one_after_another_whatever_the_order() -> None:
    examples = [MOON, other(question="Who?"), LONGER]
    verdicts = run_document_reductions(examples)
    assert sorted(one.outcome for one in verdicts) == ["dropped", "kept", "kept"]
    assert run_document_reductions(examples[::-1]) == verdicts[::-1]


def yes_no(relation: str, answer: str) -> MultiHopExample:
    last = Hop(question="Is #1 more than #2?", answer=answer, operation="compare", uses=(0, 1), relation=relation)
    return other(LONGER, question="Is the Danube longer than the Rhine?", answer=answer, hops=(*LONGER.hops[:2], last))


@pytest.mark.parametrize(
    ("example", "turned"),
    [
        (LONGER, ("Which is longer, the Rhine or the Danube?", "Danube")),
        (yes_no("is more", "yes"), ("Is the Rhine longer than the Danube?", "no")),
        (yes_no("same", "no"), ("Is the Rhine longer than the Danube?", "no")),
        (MOON, None),
        (other(yes_no("same", "no"), question="Are both rivers in Asia?"), None),
    ],
)
def test_choices_are_asked_in_the_other_order(example: MultiHopExample, turned: Any) -> None:
    assert swapped(example, ("Danube", "Rhine")) == turned


def test_guesses_are_not_above_chance() -> None:
    assert [above_chance(right, 6, 0.5) for right in range(7)] == [False] * 6 + [True]
    assert above_chance(8, 8, 0.5)
    assert above_chance(1, 3, 0.0)


def test_what_is_compared_is_half_a_guess_however_it_is_worded() -> None:
    assert odds(MOON) == 0.0
    assert odds(other(LONGER, question="Of the Danube and the Rhine, which is the longer one?")) == 0.5
    assert odds(yes_no("same", "no")) == 0.5
    most = Hop(question="Which is the most: #1 or #2?", answer="Danube", operation="max", uses=(0, 1), relation="most")
    assert odds(changed(LONGER, 2, **dict(most))) == 0.5


LENGTHS = tuple(
    hop(f"How long is the {name}?", length, name)
    for name, length in (("Danube", "2,850 km"), ("Rhine", "1,230 km"), ("Elbe", "1,094 km"), ("Oder", "840 km"))
)


def counted(limit: str, answer: str) -> MultiHopExample:
    last = Hop(question="How many?", answer=answer, operation="count", uses=(0, 1, 2, 3), relation=f"more {limit}")
    rivers = seed("rivers", "Danube", "Rhine", "Elbe", "Oder")
    return other(LONGER, question="How many?", answer=answer, hops=(*LENGTHS, last), shape="fan_out", seed=rivers)


def test_a_count_can_be_guessed() -> None:
    assert odds(counted("1,000 km", "3")) == 0.25


def test_a_document_tells_of_what_a_hop_uses_in_whatever_way() -> None:
    commander = MOON.hops[1]
    named = ("Apollo programme", "Apollo 11 made Neil Armstrong famous.", {})
    titled = ("Flight of Apollo 11", "Neil Armstrong was aboard.", {})
    alias = ("The flight", "Neil Armstrong was aboard.", {"aliases": ("Apollo 11",)})
    for title, text, fields in (named, titled, alias):
        library = with_more(title, text, **fields)
        told = moved(commander, library)
        assert evidence_is_on_subject(other(hops=(MOON.hops[0], told)), library).outcome == "kept", title
    far = with_more("Pilots", f"Neil Armstrong was a pilot. {'Nothing else is told here. ' * 40}Apollo 11 flew.")
    verdict = evidence_is_on_subject(other(hops=(MOON.hops[0], moved(commander, far))), far)
    assert (verdict.outcome, verdict.evidence["missing"]) == ("dropped", "Apollo 11")


def test_a_link_says_whom_an_answer_means() -> None:
    moon = Document.of(
        "The Moon", "First came the flight of Armstrong.", links=(Link(target="Eagle", start=11, end=34),)
    )
    eagle = Document.of("Eagle", "Neil Armstrong was its commander.")
    corpus = Corpus(documents=(moon, eagle))
    library = Library(corpus, link_graph(corpus))
    hops = (in_document(MOON.hops[0], moon, "the flight of Armstrong"), in_document(MOON.hops[1], eagle, "Armstrong"))
    linked = other(hops=hops, answer="Armstrong")
    assert evidence_is_on_subject(linked, library).outcome == "kept"
    bare = Library(corpus, link_graph(Corpus(documents=(moon.model_copy(update={"links": ()}), eagle)), mentions=False))
    assert "nothing of 'the flight of Armstrong'" in evidence_is_on_subject(linked, bare).reason


def test_a_question_without_a_name_is_let_through() -> None:
    nameless = changed(MOON, 0, question="Which spaceflight was the first of all?")
    assert evidence_is_on_subject(nameless, LIBRARY).outcome == "kept"
    wrong = changed(MOON, 0, question="Which spaceflight passed Cologne in 1803?")
    assert evidence_is_on_subject(wrong, LIBRARY).evidence["missing"] == "Cologne 1803"


def moved(hop: Hop, library: Library) -> Hop:
    """Return a hop answered by the last document of a library."""
    return in_document(hop, library.corpus.documents[-1], hop.answer)


def in_document(hop: Hop, document: Document, answer: str) -> Hop:
    start = document.text.index(answer)
    place = Span(document_id=document.id, start=start, end=start + len(answer), text=answer)
    return hop.model_copy(update={"answer": answer, "evidence": (place,)})
