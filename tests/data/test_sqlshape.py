"""Shapes, levels and skeletons of queries."""

import pytest

from source2synth.data.sqlshape import LEVELS, level_of, shape_of, skeleton

CASES = """
lookup         1  SELECT name FROM t WHERE id = 3
compare        1  SELECT name FROM t WHERE height > 3
list           1  SELECT name FROM t
list           1  SELECT
lookup_two     2  SELECT name FROM t WHERE a = 'x' AND b = 'y'
lookup_pair    2  SELECT name, height FROM t WHERE id = 3
count          2  SELECT COUNT(*) FROM t WHERE a = 'x'
count_distinct 2  SELECT COUNT(DISTINCT a) FROM t
aggregate      2  SELECT AVG(height) FROM t
distinct       2  SELECT DISTINCT a FROM t
superlative    3  SELECT name FROM t ORDER BY height DESC LIMIT 1
top_n          3  SELECT name FROM t ORDER BY height DESC LIMIT 3
sorted         3  SELECT name FROM t ORDER BY height
versus         3  SELECT name FROM t WHERE name IN ('a', 'b') ORDER BY height LIMIT 1
between        3  SELECT COUNT(*) FROM t WHERE height BETWEEN 1 AND 2
in             3  SELECT name FROM t WHERE a IN ('x', 'y')
like           3  SELECT name FROM t WHERE a LIKE 'x%'
not_equal      3  SELECT name FROM t WHERE a <> 'x'
either         3  SELECT name FROM t WHERE a = 'x' OR b = 'y'
group          3  SELECT a, COUNT(*) FROM t GROUP BY a
group_top      3  SELECT a FROM t GROUP BY a ORDER BY COUNT(*) DESC LIMIT 1
having         3  SELECT a FROM t GROUP BY a HAVING COUNT(*) > 2
join           4  SELECT t.a FROM t JOIN s ON t.id = s.id
arithmetic     4  SELECT MAX(height) - MIN(height) FROM t
arithmetic     4  SELECT (SELECT h FROM t WHERE id = 1) - (SELECT h FROM t WHERE id = 2)
share          4  SELECT 100.0 * COUNT(*) / (SELECT COUNT(*) FROM t) FROM t WHERE a = 'x'
nested_avg     4  SELECT name FROM t WHERE h > (SELECT AVG(h) FROM t)
nested_max     4  SELECT name FROM t WHERE a = 'x' AND h = (SELECT MAX(h) FROM t WHERE a = 'x')
same_as        4  SELECT name FROM t WHERE a = (SELECT a FROM t WHERE name = 'n') AND name <> 'n'
nested         4  SELECT name FROM t WHERE a IN (SELECT a FROM s)
set            4  SELECT a FROM t UNION SELECT a FROM s
other          4  WITH s AS (SELECT 1) SELECT * FROM s
other          4  DROP TABLE t
other          4  SELEC oops (
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines(), ids=lambda case: case[17:60])
def test_shape_and_level(case: str) -> None:
    shape, level, sql = case.split(maxsplit=2)
    assert (shape_of(sql), level_of(sql)) == (shape, int(level))


def test_every_shape_has_a_case() -> None:
    assert {line.split()[0] for line in CASES.strip().splitlines()} == set(LEVELS)


def test_skeletons_forget_literals_and_aliases_but_not_columns() -> None:
    first = skeleton("SELECT r.name AS n FROM rivers AS r WHERE r.country = 'Peru' LIMIT 3")
    assert first == skeleton("select q.name from rivers q where q.country = 'Chad' limit 9")
    assert first != skeleton("SELECT r.length FROM rivers AS r WHERE r.country = 'Peru' LIMIT 3")
    assert skeleton("SELECT a FROM t WHERE b IN (1, 2)") == skeleton("SELECT a FROM t WHERE b IN (3)")
    assert "Peru" not in first
