"""Attention to trunks in blocks is attention to each row's own trunk, whatever else lies in its block."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from source2synth.backends.local.blocks import MASKED, Trunk
from source2synth.backends.local.trunks import Trunks, pile

HEADS, SIZE, LAYERS = 2, 4, 2
LARGE = 2**19 // (2 * HEADS * SIZE * 4)
"""Tokens whose keys and values a CPU reads in the time that one more block takes."""


def trunk(length: int, seed: int) -> Trunk:
    made = torch.Generator().manual_seed(seed)
    shapes = (HEADS, SIZE, length), (HEADS, length, SIZE)
    return Trunk([tuple(torch.randn(shape, generator=made) for shape in shapes) for _ in range(LAYERS)])  # type: ignore[misc]


def check(standing: Trunks, trunks: list[Trunk], of_row: list[int], queries: int) -> None:
    """Compare with attention to the trunk of each row alone."""
    query = torch.randn(len(of_row), HEADS, queries, SIZE)
    for layer in range(LAYERS):
        mixed, heights = standing.seen(layer, query)
        for row, number in enumerate(of_row):
            if number < 0:
                assert mixed[row].eq(0).all()
                assert heights[row].eq(MASKED).all()
                continue
            keys, values = trunks[number].layers[layer]
            scores = query[row] @ keys
            torch.testing.assert_close(mixed[row], scores.softmax(-1) @ values, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(heights[row], scores.logsumexp(-1, keepdim=True), atol=1e-5, rtol=1e-4)


@st.composite
def piles(draw: Any) -> tuple[list[list[int]], list[list[int]]]:
    """The lengths of the trunks of some parts, and the trunk of each row; every trunk has a row."""
    lengths = draw(st.lists(st.lists(st.sampled_from([1, 3, 5, LARGE]), max_size=4), min_size=1, max_size=3))
    rows = []
    for mine in lengths:
        more = draw(st.lists(st.integers(-1, len(mine) - 1), max_size=4))
        rows.append(draw(st.permutations([*range(len(mine)), *more])))
    return lengths, rows


@given(piles(), st.integers(1, 3), st.data())
def test_rows_see_their_own_trunk(pile_of: tuple[list[list[int]], list[list[int]]], queries: int, data: Any) -> None:
    lengths, rows = pile_of
    parts = [
        [trunk(length, 10 * part + number) for number, length in enumerate(mine)] for part, mine in enumerate(lengths)
    ]
    trunks = [one for part in parts for one in part]
    offsets = [sum(map(len, parts[:number])) for number in range(len(parts))]
    of_row = [
        offset + number if number >= 0 else -1
        for offset, mine in zip(offsets, rows, strict=True)
        for number in mine
    ]  # fmt: skip
    standing = pile(list(zip(parts, rows, strict=True)))
    if not trunks:
        assert not standing.blocks
        return
    check(standing, trunks, of_row, queries)
    kept = data.draw(st.lists(st.sampled_from(range(len(of_row))), min_size=1, unique=True))
    fewer = standing.keep(kept)
    if fewer.blocks:
        check(fewer, trunks, [of_row[row] for row in kept], queries)
    again = pile([(fewer.trunks(), fewer.of_row), ([trunk(2, 99)], [0])])
    check(again, [*trunks, trunk(2, 99)], [*(of_row[row] for row in kept), len(trunks)], queries)


@pytest.mark.parametrize(
    ("lengths", "blocks"),
    [
        ([LARGE, LARGE, LARGE], [3]),
        ([1, LARGE * 2, 2, LARGE * 2, 3], [2, 3]),
        ([5, 7, 9, 11], [4]),  # what they are filled up with costs less than one more product
        ([LARGE // 2, 1], [2]),
    ],
)
def test_blocks_are_cut_where_filling_up_would_cost_more(lengths: list[int], blocks: list[int]) -> None:
    standing = pile([([trunk(length, at) for at, length in enumerate(lengths)], list(range(len(lengths))))])
    assert [len(block.lengths) for block in standing.blocks] == blocks
