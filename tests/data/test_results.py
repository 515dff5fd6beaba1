"""Comparison of results: cells, bags, order, tolerance, and the reason given."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source2synth.data import ResultTable, compare, is_ordered
from source2synth.data.records import Cell
from source2synth.data.results import same_bag


def table(*rows: tuple[Cell, ...]) -> ResultTable:
    width = len(rows[0]) if rows else 1
    return ResultTable(columns=tuple(f"c{at}" for at in range(width)), rows=rows)


@pytest.mark.parametrize(
    ("got", "gold", "equal"),
    [
        (None, None, True), (None, 0, False), (None, "", False), (1, 1.0, True), (True, 1, True), (False, 0.0, True),
        (True, "true", False), (1, "1", False), ("Oslo", "Oslo", True), ("Oslo", "oslo", False), ("a ", "a", False),
        (0.1 + 0.2, 0.3, True), (1.0, 1.000002, False), (1.0, 1.0000005, True), (1e15, 1e15 + 1, True),
        (10**15, 10**15 + 1, False), (0.0, 1e-12, True), (0.0, 1e-6, False), (0.0, -0.0, True), (2**70, 2.0**70, True),
        (10**400, 1.5, False), (float("nan"), float("nan"), True), (float("inf"), float("inf"), True),
        (float("inf"), 1e308, False),
        ("1969-07-20", "1969-07-20 00:00:00", True), ("1969-07-20T00:00:00", "1969-07-20", True),
        ("1969-07-20 00:00:00.000", "1969-07-20", True), ("1969-07-20 00:00", "1969-07-20", True),
        ("1969-07-20", "1969-07-20 20:17:00", False), ("1969-07-20", "20.7.1969", False),
        ("1969-07-20", "1969-7-20", False), ("1969-07-20", "July 20, 1969", False),
    ],
)  # fmt: skip
def test_cells(got: Cell, gold: Cell, equal: bool) -> None:
    assert compare(table((got,)), table((gold,))).equal is equal
    assert compare(table((gold,)), table((got,)), ordered=True).equal is equal


@pytest.mark.parametrize(
    ("got", "gold", "ordered", "reason"),
    [
        (table(("Lima",), ("Rome",)), table(("Lima",), ("Rome",), ("Oslo",)), False,
         "3 rows expected, 2 given; missing ('Oslo',)"),
        (table((1,), (2,)), table((1,)), False, "1 row expected, 2 given; not expected (2,)"),
        (table((1, 2)), table((1,)), False, "1 column expected, 2 given"),
        (table((1,), (2,)), table((2,), (1,)), True, "same rows in another order: row 1 is (1,), (2,) expected"),
        (table((1,), (2,)), table((2,), (1,)), False, "same rows"),
        (table((1,), (2,)), table((1,), (2,)), True, "same rows in the same order"),
        (table((1, "a"), (2, "b")), table(("a", 1), ("b", 2)), False, "same rows, columns in another order"),
        (table((1, "a"), (2, "b")), table(("b", 1), ("a", 2)), False,
         "missing ('b', 1), ('a', 2); not expected (1, 'a'), (2, 'b')"),
        (table((7,)), table((9,)), False, "9 expected, 7 given"),
        (table((None,)), table((9,)), False, "9 expected, NULL given"),
        (table(("oslo",)), table(("Oslo",)), False, "'Oslo' expected, 'oslo' given (only the case differs)"),
        (table(("5",)), table((5,)), False, "5 expected, '5' given (a number and its text are not the same)"),
        (table(), table(("Oslo",)), False, "1 row expected, 0 given; missing ('Oslo',)"),
        (table(), table(), False, "same rows"),
        (table((1,), (1,), (2,)), table((1,), (2,), (2,)), False, "missing (2,); not expected (1,)"),
    ],
)  # fmt: skip
def test_reasons(got: ResultTable, gold: ResultTable, ordered: bool, reason: str) -> None:
    found = compare(got, gold, ordered=ordered)
    assert found.reason == reason
    assert found.equal is (reason in {"same rows", "same rows in the same order"})


def test_names_of_columns_do_not_matter() -> None:
    assert compare(ResultTable(columns=("a",), rows=((1,),)), ResultTable(columns=("count(*)",), rows=((1,),))).equal


def test_a_tolerance_is_no_rounding() -> None:
    # These two lie on both sides of every rounding to six digits, and only 2e-9 apart.
    assert compare(table((0.1234564999,)), table((0.1234565001,))).equal


def test_pairs_are_found_where_sorted_order_pairs_wrongly() -> None:
    # By first column 1.0 pairs with 1.0, but the second columns only fit crosswise.
    got = [(1.0, 5.0), (1.0 + 1e-9, 9.0)]
    gold = [(1.0, 9.0), (1.0 + 1e-9, 5.0)]
    assert same_bag(got, gold, 1e-6)
    assert not same_bag(got, gold, 1e-12)


def test_an_exact_partner_is_given_up_where_another_needs_it() -> None:
    assert same_bag([(0.0,), (-0.9,)], [(0.0,), (0.9,)], 0.0) is False
    # Chain: 10 and 11 fit 11, 10 fits 10 too; greedy pairing of the equal 11s is forced, pairing 10 with 11 fails.
    assert same_bag([(10.0,), (11.0,)], [(11.0,), (12.0,)], 0.1)
    assert same_bag([(11.0, 1), (10.0, 1)], [(11.0, 1), (12.0, 1)], 0.1)


cells = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.0, 0.5, 1.0, 1.0 + 5e-7, 1.0 + 1e-6, 1.0 + 2e-6]),
    st.sampled_from(["", "a", "A", "1", "1969-07-20", "1969-07-20 00:00:00"]),
)  # fmt: skip
rows = st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), max_size=6))


@given(rows, st.randoms(use_true_random=False))
def test_a_bag_is_the_same_in_any_order(some: list[tuple[Cell, ...]], rng: random.Random) -> None:
    shuffled = list(some)
    rng.shuffle(shuffled)
    assert compare(table(*shuffled), table(*some)).equal
    assert compare(table(*some), table(*some), ordered=True).equal


@given(st.integers(1, 2).flatmap(lambda width: st.tuples(*[st.lists(st.tuples(*[cells] * width), max_size=5)] * 2)))
@settings(max_examples=400)
def test_bags_are_equal_exactly_if_some_pairing_fits(
    pair: tuple[list[tuple[Cell, ...]], list[tuple[Cell, ...]]],
) -> None:
    got, gold = pair
    fits = len(got) == len(gold) and any(
        all(compare(table(one), table(other), ordered=True).equal for one, other in zip(order, gold, strict=True))
        for order in itertools.permutations(got)
    )
    if got and gold:
        assert compare(table(*got), table(*gold)).equal is fits
        assert compare(table(*gold), table(*got)).equal is fits


@given(rows, rows)
def test_in_order_is_stricter_and_different_always_has_a_reason(
    some: list[tuple[Cell, ...]], others: list[tuple[Cell, ...]]
) -> None:
    got, gold = table(*some), table(*others)
    ordered, bag = compare(got, gold, ordered=True), compare(got, gold)
    assert bag.equal or not ordered.equal
    assert bag.reason
    assert ordered.reason
    assert bag.equal or bag.reason != "same rows"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_noise_below_the_tolerance_never_matters(values: list[float], rng: random.Random) -> None:
    noisy = [(value * (1 + rng.uniform(-4e-7, 4e-7)),) for value in values]
    rng.shuffle(noisy)
    assert compare(table(*noisy), table(*[(value,) for value in values])).equal


def test_rows_that_all_fit_each_other_are_compared_quickly() -> None:
    # The worst case: sorted order pairs wrongly, and everything is a candidate of everything but one.
    got = [(1.0 + at * 1e-10, 2.0 - at * 1e-10) for at in range(300)]
    gold = [(1.0 + at * 1e-10, 2.0 + at * 1e-10) for at in range(299)] + [(1.0, 5.0)]
    assert not compare(table(*got), table(*gold)).equal


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("SELECT a FROM t ORDER BY a", True), ("SELECT a FROM t", False), ("(SELECT a FROM t ORDER BY a)", True),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False),
        ("SELECT a FROM t UNION SELECT b FROM t ORDER BY 1", True),
        ("SELECT row_number() OVER (ORDER BY a) FROM t", False),
        ("WITH x AS (SELECT 1) SELECT * FROM x ORDER BY 1", True),
        ("no sql (", False),
    ],
)  # fmt: skip
def test_only_an_order_of_the_whole_query_counts(sql: str, ordered: bool) -> None:
    assert is_ordered(sql) is ordered
    assert is_ordered(sql, "duckdb") is ordered
