"""Intervals cover what they should, and the pairing is used."""

import random

import pytest

from source2synth.evaluation.bootstrap import paired_bootstrap, wilson


def test_wilson_is_the_known_one_and_stays_in_range() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    assert wilson(0, 0) == (0.0, 1.0)


def test_pairing_narrows_the_interval() -> None:
    rng = random.Random(1)
    b = [rng.random() < 0.5 for _ in range(400)]
    a = [right or rng.random() < 0.1 for right in b]  # only ever better
    mean, low, high = paired_bootstrap(a, b)
    assert mean == pytest.approx(sum(a) / 400 - sum(b) / 400)
    assert 0 < low < mean < high
    shuffled = sorted(b, key=lambda _: rng.random())
    assert paired_bootstrap(a, shuffled)[2] - paired_bootstrap(a, shuffled)[1] > 1.5 * (high - low)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = random.Random(2)
    covered = 0
    for trial in range(200):
        pairs = [(rng.random() < 0.7, rng.random() < 0.6) for _ in range(120)]
        _, low, high = paired_bootstrap([a for a, _ in pairs], [b for _, b in pairs], n=500, seed=trial)
        covered += low <= 0.1 <= high
    assert 0.88 <= covered / 200 <= 1.0


def test_it_is_the_same_each_time_and_splits_into_blocks_alike() -> None:
    a, b = [True, False, True] * 50, [False, False, True] * 50
    assert paired_bootstrap(a, b, seed=3) == paired_bootstrap(a, b, seed=3)
    assert paired_bootstrap(a, b, seed=3) != paired_bootstrap(a, b, seed=4)
    with pytest.raises(ValueError, match="equally long"):
        paired_bootstrap(a, b[1:])
    assert paired_bootstrap([], []) == (0.0, 0.0, 0.0)
