"""Links are resolved, mentions are whole unambiguous names, and every edge stands where it says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import source2synth
from source2synth.data import Corpus, Document, Link, LinkGraph, link_graph, read_documents
from source2synth.data.links.mentions import Automaton
from source2synth.data.links.names import bearers_of, spellings


def corpus_of(*texts: tuple[str, str]) -> Corpus:
    return Corpus(documents=tuple(Document.of(title, text, location=f"{title.lower()}.md") for title, text in texts))


def said(corpus: Corpus, graph: LinkGraph, title: str) -> list[tuple[str, str, str]]:
    """Return target, text and kind of the edges that leave a document."""
    document = next(one for one in corpus.documents if one.title == title)
    return [(graph.title(e.target), document.text[e.start : e.end], e.kind) for e in graph.out(document.id)]


def mentions(text: str, *titles: str, aliases: tuple[str, ...] = ()) -> list[str]:
    """Return what a text mentions of these titles."""
    others = tuple(Document.of(title, f"About {at}.", aliases=aliases) for at, title in enumerate(titles))
    corpus = Corpus(documents=(Document.of("Zzz", text), *others))
    return [f"{target}={words}" for target, words, _ in said(corpus, link_graph(corpus), "Zzz")]


@pytest.mark.parametrize(
    ("text", "titles", "expected"),
    [
        ("He left Rome's walls.", ["Rome"], ["Rome=Rome"]),
        ("Romeo left.", ["Rome"], []),
        ("An Austria-Hungary map.", ["Austria", "Hungary"], []),
        ("In New York it rains.", ["York"], []),
        ("In New York it rains.", ["York", "New York"], ["New York=New York"]),
        ("He saw Paris Hilton.", ["Paris"], []),
        ("He saw Lake Erie.", ["Erie"], []),
        ("He saw Paris, Texas.", ["Paris"], ["Paris=Paris"]),
        ("In Paris it rains.", ["Paris"], ["Paris=Paris"]),
        ("They flew Apollo 11.", ["Apollo"], []),
        ("They saw the Third Man twice.", ["The Third Man"], ["The Third Man=the Third Man"]),
        ("Near a black hole time slows.", ["Black hole"], ["Black hole=black hole"]),
        ("It may rain in May.", ["May"], []),
        ("It was 1984.", ["1984"], []),
        ("Take a bath, a bath in Bath.", ["Bath"], []),
        ("They live in Bath.", ["Bath"], ["Bath=Bath"]),
        (
            "Reading is fun. They like reading Dickens in Reading, Reading and Reading.",
            ["Reading"],
            ["Reading=Reading"] * 3,
        ),
        ("It passes Mercury.", ["Mercury (planet)"], []),
        ("He saw Dr No, the film.", ["Dr No (film)"], ["Dr No (film)=Dr No"]),
        ("He saw Neil\nArmstrong.", ["Neil Armstrong"], ["Neil Armstrong=Neil\nArmstrong"]),
        ("He said C.", ["C"], []),
    ],
)
def test_mentions(text: str, titles: list[str], expected: list[str]) -> None:
    assert mentions(text, *titles) == expected


def test_a_name_with_two_bearers_is_left_alone() -> None:
    assert mentions("It passes Mercury.", "Mercury", "mercury") == []
    corpus = Corpus(documents=(Document.of("Wien", "A."), Document.of("Vienna", "B.", aliases=("Wien",))))
    graph = link_graph(corpus)
    assert graph.left_alone == {"Wien": "several documents have this name"}
    assert len(graph.find("wien")) == 2


def test_aliases_are_mentions_too() -> None:
    assert mentions("The Donau is long.", "Danube", aliases=("Donau",)) == ["Danube=Donau"]


def test_links_are_resolved_by_title_path_address_and_alias() -> None:
    text = "one two three four five six seven"
    wiki = "https://en.wikipedia.org/wiki/Lake_Erie"
    targets = ["Lake Erie", "../lakes/erie.md#depth", "lake_erie", wiki, "Erie Lake", "https://example.org/x", "#top"]
    links, at = list[Link](), 0
    for target, word in zip(targets, text.split(), strict=True):
        links.append(Link(target=target, start=at, end=at + len(word)))
        at += len(word) + 1
    home = Document.of("Home", text, links=tuple(links), location="notes/home.md")
    erie = Document.of("Lake Erie", "A lake.", aliases=("Erie Lake",), location="lakes/erie.md")
    corpus = Corpus(documents=(home, erie))
    graph = link_graph(corpus)
    assert said(corpus, graph, "Home") == [("Lake Erie", word, "link") for word in text.split()[:5]]
    assert graph.unresolved == 2


def test_a_link_without_a_place_is_counted_and_is_no_edge() -> None:
    oder = Document.of("Oder", "A river.")
    graph = link_graph(
        Corpus(documents=(oder, Document.of("Home", "Nothing.", links=(Link(target="Oder", start=0, end=0),))))
    )
    assert (len(graph), graph.unplaced) == (0, 1)


def test_what_stands_in_a_link_is_no_mention() -> None:
    home = Document.of("Home", "See Oder and Elbe.", links=(Link(target="elsewhere", start=4, end=8),))
    corpus = Corpus(documents=(home, Document.of("Oder", "A."), Document.of("Elbe", "B.")))
    assert said(corpus, link_graph(corpus), "Home") == [("Elbe", "Elbe", "mention")]
    assert said(corpus, link_graph(corpus, mentions=False), "Home") == []


def test_a_document_does_not_lead_to_itself_and_circles_are_fine() -> None:
    corpus = corpus_of(("Oder", "The Oder meets the Elbe."), ("Elbe", "The Elbe meets the Oder."))
    graph = link_graph(corpus)
    assert said(corpus, graph, "Oder") == [("Elbe", "Elbe", "mention")]
    assert [edge.source for edge in graph.into(corpus.documents[0].id)] == [corpus.documents[1].id]


def test_names_and_find_fold_case_accents_and_punctuation() -> None:
    corpus = Corpus(documents=(Document.of("São Paulo (city)", "A.", aliases=("Sampa",)),))
    graph, id = link_graph(corpus), corpus.documents[0].id
    assert graph.names(id) == ("São Paulo (city)", "São Paulo", "Sampa")
    assert graph.find("sao-paulo") == graph.find("SAMPA") == graph.find("Sao Paulo city") == (id,)
    assert graph.find("Rio") == ()


def test_related_documents_share_rare_words() -> None:
    texts = [
        ("A", "zinc quartz feldspar and the rest"),
        ("B", "a quartz and zinc mine"),
        ("C", "cats sleep"),
        ("D", "cats purr"),
    ]
    corpus = corpus_of(*texts)
    graph = link_graph(corpus, related=1)
    assert [said(corpus, graph, title) for title in "ABCD"] == [
        [("B", "", "related")], [("A", "", "related")], [("D", "", "related")], [("C", "", "related")]
    ]  # fmt: skip


def test_the_samples_are_linked_where_they_say() -> None:
    corpus = read_documents(f"{next(iter(source2synth.__path__))}/data/samples/documents")
    graph = link_graph(corpus)
    assert graph.unresolved == graph.unplaced == 0
    links = [edge for edge in graph.edges() if edge.kind == "link"]
    assert len(links) == sum(len(document.links) for document in corpus.documents)
    for edge in graph.edges():
        assert edge in graph.into(edge.target)
        assert edge in graph.out(edge.source)
        if edge.kind == "mention":
            assert corpus.document(edge.source).text[edge.start : edge.end] in {
                spelling for name in graph.names(edge.target) for spelling in spellings(name)
            }


@given(st.lists(st.sampled_from(["Rome", "New", "York", "Lake", "Erie", "a", "-", ".", "\n", "the", "x"]), max_size=30))
def test_mentions_do_not_overlap_and_are_whole_words(pieces: list[str]) -> None:
    text = " ".join(pieces)
    documents = [Document.of(title, title) for title in ("Rome", "York", "New York", "Lake Erie", "Erie")]
    found = Automaton(documents, bearers_of(documents)).find(text)
    past = 0
    for one in found:
        assert one.start >= past
        past = one.end
        assert not text[one.start - 1 : one.start].isalnum() or one.start == 0
        assert not text[one.end : one.end + 1].isalnum()


def test_ten_times_the_titles_do_not_take_ten_times_as_long_for_the_same_text() -> None:
    text = "They met Person 7 Smith in Town 12 Hill. " * 500

    def seconds(titles: int) -> float:
        documents = [Document.of(f"Town {at} Hill", "x") for at in range(titles)]
        automaton = Automaton(documents, bearers_of(documents))

        def once() -> float:
            start = time.thread_time()  # of this thread alone, whatever else the machine does
            assert len(automaton.find(text)) == 500
            return time.thread_time() - start

        return min(once() for _ in range(7))

    assert seconds(20_000) < 5 * seconds(200)
