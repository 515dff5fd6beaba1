"""Checks a query on its syntax tree, once per distinct text, and writes it anew: what runs is what was checked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from . import allowed, frames

_LENGTH = 20_000
_DEPTH = 80
_SOURCES = frozenset({"this", "db", "alias", "joins", "laterals"})  # what a table in FROM may carry
_SCHEMAS = ("", "main")
_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Into, exp.Returning)
_NOTHING: frozenset[str] = frozenset()


class Refusal(Exception):
    """A query that is not run; `kind` is the frame that says so."""

    def __init__(self, message: str, kind: int = frames.REFUSED) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Checked:
    """A query that may run where its tables exist."""

    sql: str
    """The text to run, generated from the tree."""
    tables: frozenset[str] = _NOTHING
    """Names, casefolded, of tables read and not defined in the query itself."""
    system: frozenset[str] = _NOTHING
    """Names, casefolded, of columns that only a table with a column of that name may be asked for."""
    quoted: frozenset[str] = _NOTHING
    """Double-quoted names that have to be columns, where SQLite would take a misspelled one for a text."""

    def permit(self, tables: dict[str, frozenset[str]]) -> None:
        """Raise Refusal unless these tables (names with their columns, casefolded) have what the query reads."""
        for name in self.tables:
            if name not in tables:
                raise Refusal(
                    f"no such table: {name} (the database has {', '.join(sorted(tables)[:20])})", frames.FAILED
                )
        if not self.system and not self.quoted:
            return
        columns = frozenset[str]().union(*tables.values())
        for name in self.system - columns:
            raise Refusal(f"The query was refused: {name} is a system column, not a column of the data.")
        for name in self.quoted - columns:
            raise Refusal(f'no such column: "{name}" (a text is written in single quotes)', frames.FAILED)


@dataclass
class _Found:
    """What one walk over a tree gathers."""

    sql: str
    tables: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)
    system: set[str] = field(default_factory=set)
    quoted: set[str] = field(default_factory=set)


Rule = Callable[[Any, _Found], None] | None


class Checker:
    """Parses, checks and regenerates queries of one dialect; knows no database."""

    WARM = (
        "WITH x AS (SELECT a, count(*) AS n FROM t WHERE b LIKE 'x%' OR c BETWEEN 1 AND 2 GROUP BY a"
        " HAVING count(*) > 0) SELECT x.a, CASE WHEN n > 1 THEN 'm' ELSE 'o' END, row_number() OVER (ORDER BY n),"
        " CAST(c AS TEXT), round(c, 1) FROM x LEFT JOIN t ON x.a = t.a WHERE x.a IN (SELECT a FROM t)"
        " ORDER BY n DESC, x.a LIMIT 5",
        "SELECT max(a), sum(c), avg(c), upper(b), substr(b, 1, 1), a / 2 FROM t UNION ALL SELECT 1, 2, 3, '', '', 4",
        "SELECT strftime('%Y', b), a, missing FROM t",
        "SELECT DISTINCT b FROM t WHERE a = (SELECT max(a) FROM t)",
    )
    """Queries that make sqlglot and an engine import all that they import late."""

    def __init__(self, dialect: str) -> None:
        self._dialect = Dialect.get_or_raise(dialect)
        self._generator = self._dialect.generator(comments=False)
        self._lenient = dialect == "sqlite"  # takes a double-quoted name that is no column for a text
        self._functions = allowed.DUCKDB if dialect == "duckdb" else allowed.SQLITE
        self._rules: dict[type, Rule] = {
            exp.Table: self._table,
            exp.CTE: self._cte,
            exp.With: self._with,
            exp.Column: self._column,
            exp.Anonymous: self._anonymous,
            exp.AnonymousAggFunc: self._anonymous,
            exp.Command: _not_a_query,
        }

    def check(self, sql: str) -> Checked:
        """Return the query as it may run; raises Refusal."""
        _check_text(sql)
        try:
            tree = self._parse(sql)
            found = self._walk(tree, sql)
            named = _names_given(tree) if found.system or found.quoted else set()
            text = self._generator.generate(tree, copy=False)
        except RecursionError:
            raise Refusal("The query was refused: it is nested too deeply.") from None
        if len(text) > 2 * _LENGTH:
            raise Refusal("The query was refused: it is too long.")
        system, quoted = frozenset(found.system - named), frozenset(found.quoted - named)
        return Checked(text, frozenset(found.tables - found.defined), system, quoted)

    def _parse(self, sql: str) -> exp.Expr:
        try:
            statements = [tree for tree in self._dialect.parse(sql) if tree is not None]
        except SqlglotError as error:
            raise Refusal(f"syntax error: {_first_line(error)}", frames.SYNTAX) from None
        except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:  # the parser's own slips
            raise Refusal(f"syntax error: the query cannot be parsed ({error})", frames.SYNTAX) from None
        if not statements:
            raise Refusal("syntax error: there is no statement", frames.SYNTAX)
        if len(statements) > 1:
            raise Refusal(f"The query was refused: it has {len(statements)} statements, not one.")
        (tree,) = statements
        if isinstance(tree, exp.Condition | exp.Alias) and not isinstance(tree, exp.Query):
            raise Refusal("syntax error: this is not a query", frames.SYNTAX)
        if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery):
            _not_a_query(tree, None)
        return tree

    def _walk(self, tree: exp.Expr, sql: str) -> _Found:
        """Apply the rule of its kind to every node."""
        found, rules, stack = _Found(sql), self._rules, [tree]
        while stack:
            node = stack.pop()
            kind = node.__class__
            rule = rules[kind] if kind in rules else self._new_rule(node, sql)
            if rule is not None:
                rule(node, found)
            for value in node.args.values():
                if value.__class__ is list:
                    stack.extend([item for item in value if isinstance(item, exp.Expr)])
                elif isinstance(value, exp.Expr):
                    stack.append(value)
        return found

    def _new_rule(self, node: exp.Expr, sql: str) -> Rule:
        """Decide about a kind of node when it is first met; only kinds that are allowed are remembered."""
        kind = node.__class__
        if kind.__name__ not in allowed.NODES:
            names = [name.lower() for name in node.sql_names()] if isinstance(node, exp.Func) else []
            if not self._functions.intersection(names):
                _refuse_function(_as_written(names, sql)) if names else _refuse_node(node)
        self._rules[kind] = None
        return None

    def _table(self, node: exp.Table, found: _Found) -> None:
        if not isinstance(node.this, exp.Identifier):
            name = node.this.name if isinstance(node.this, exp.Anonymous) else type(node.this).__name__
            raise Refusal(f"The query was refused: {name.lower()} is not a table of the database.")
        if node.text("db").casefold() not in _SCHEMAS:
            raise Refusal(f"The query was refused: there is no access to the schema {node.text('db')}.")
        for key, value in node.args.items():
            if value and key not in _SOURCES:
                raise Refusal(f"The query was refused: {key} on a table is not allowed.")
        name = node.name.casefold()
        if name.startswith(("sqlite_", "pragma_", "duckdb_", "information_schema")):
            raise Refusal(f"The query was refused: {name} is not a table of the database.")
        found.tables.add(name)

    def _cte(self, node: exp.CTE, found: _Found) -> None:
        name = node.alias.casefold()
        if any(table.name.casefold() == name for table in node.this.find_all(exp.Table)):
            raise Refusal(f"The query was refused: {node.alias} in WITH names itself, and recursion is not allowed.")
        found.defined.add(name)

    @staticmethod
    def _with(node: exp.With, _: _Found) -> None:
        if len({cte.alias.casefold() for cte in node.expressions}) < len(node.expressions):
            raise Refusal("The query was refused: WITH defines a name twice.")

    def _column(self, node: exp.Column, found: _Found) -> None:
        name = node.name.casefold()
        if node.this.args.get("quoted") and not node.args.get("table") and self._lenient and _has_to_be_column(node):
            found.quoted.add(name)
        if name in allowed.SYSTEM_COLUMNS:
            found.system.add(name)

    def _anonymous(self, node: exp.Anonymous, _: _Found) -> None:
        name = node.name.lower()
        if name not in self._functions:
            _refuse_function(name)


def _check_text(sql: str) -> None:
    """Refuse what a parser should not even see."""
    if len(sql) > _LENGTH:
        raise Refusal(f"The query was refused: it has {len(sql):,} characters, more than {_LENGTH:,}.")
    if "\0" in sql:
        raise Refusal("The query was refused: it contains a NUL character.")
    if not sql.isascii() and any("\ud800" <= letter <= "\udfff" for letter in sql):
        raise Refusal("The query was refused: it contains half of a surrogate pair.")
    if sql.count("(") > _DEPTH or sql.count("[") > _DEPTH:
        _check_depth(sql)


def _check_depth(sql: str) -> None:
    depth = 0
    for letter in sql:
        depth += (letter in "([") - (letter in ")]")
        if depth > _DEPTH:
            raise Refusal("The query was refused: it is nested too deeply.")


def _has_to_be_column(node: exp.Column) -> bool:
    """Say whether a text in this place would make no sense: shown, sorted, grouped, or compared with a literal."""
    parent = node.parent
    if isinstance(parent, exp.Select | exp.Ordered | exp.Group | exp.AggFunc | exp.Distinct):
        return True
    if isinstance(parent, exp.In | exp.Between | exp.Is):
        return node.arg_key == "this"
    if isinstance(parent, exp.Binary) and isinstance(parent, exp.Predicate):
        return isinstance(parent.expression if parent.this is node else parent.this, exp.Literal)
    return False


def _names_given(tree: exp.Expr) -> set[str]:
    """Return the names, casefolded, that the query itself gives to columns."""
    names = {node.alias.casefold() for node in tree.find_all(exp.Alias)}
    for node in tree.find_all(exp.TableAlias):
        names.update(column.name.casefold() for column in node.args.get("columns") or ())
    return names


def _as_written(names: list[str], sql: str) -> str:
    text = sql.lower()
    return max((name for name in names if name in text), key=len, default=names[0])


def _refuse_function(name: str) -> None:
    if name in allowed.CLOCK:
        raise Refusal(f"The query was refused: {name} reads the clock, so its answer would not last.")
    if name in allowed.RANDOM:
        raise Refusal(f"The query was refused: {name} is random, so its answer would not last.")
    raise Refusal(f"The query was refused: the function {name} is not allowed.")


def _refuse_node(node: exp.Expr) -> None:
    name = type(node).__name__
    if isinstance(node, exp.TableSample):
        raise Refusal("The query was refused: TABLESAMPLE is random, so its answer would not last.")
    if isinstance(node, _CHANGES):
        raise Refusal(f"The query was refused: {name.upper()} changes the database.")
    raise Refusal(f"The query was refused: {name} is not allowed in a query.")


def _not_a_query(node: exp.Expr, _: _Found | None) -> None:
    word = node.name.upper() if isinstance(node, exp.Command) else type(node).__name__.upper()
    raise Refusal(f"The query was refused: only one SELECT may run, and this is {word or 'something else'}.")


def _first_line(error: Exception) -> str:
    # sqlglot underlines the place with terminal codes on a second line
    return str(error).split("\n", 1)[0].strip() or type(error).__name__
