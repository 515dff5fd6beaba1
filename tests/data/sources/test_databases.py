"""SQLite, DuckDB, Parquet and Excel files keep their values, names and keys."""

import datetime as dt
import decimal
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from source2synth.data import ForeignKey, read_database
from source2synth.errors import ConfigError

SHOP = """
CREATE TABLE "Order Details" (id INTEGER PRIMARY KEY, "when" DATE, paid BOOLEAN, price DECIMAL(5,2), note, blob BLOB);
INSERT INTO "Order Details" VALUES (1, '2020-01-31', 1, 2, 'x', x'00ff'), (2, '2020-02-29', 0, 2.5, 7, x'6869');
CREATE TABLE Lines (order_id INT REFERENCES "order details", n TEXT, amount INTEGER, gone INT REFERENCES nowhere(x));
INSERT INTO Lines VALUES (1, '007', 3, 1), (9, '2020-01-01 10:00:00', '', 1);
CREATE TABLE void (a REAL, b);
CREATE VIEW v AS SELECT 1;
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SHOP)
    return path


def test_sqlite_keeps_names_values_and_keys(shop: Path) -> None:
    database = read_database(shop)
    assert [table.name for table in database.tables] == ["Order Details", "Lines", "void"]
    orders, lines, void = database.tables
    assert orders.rows == (
        (1, "2020-01-31", True, 2.0, "x", None),
        (2, "2020-02-29", False, 2.5, "7", "hi"),
    )
    assert [column.type for column in orders.columns] == ["integer", "date", "boolean", "real", "text", "text"]
    assert lines.rows == ((1, "007", 3, 1), (9, "2020-01-01 10:00:00", None, 1))
    assert [column.type for column in void.columns] == ["real", "text"]
    assert database.foreign_keys == (
        ForeignKey(table="Lines", columns=("order_id",), ref_table="Order Details", ref_columns=("id",)),
    )
    assert database.dialect == "sqlite"


def test_sqlite_says_what_it_changed(shop: Path) -> None:
    said = {(notice.field, notice.row): notice.message for notice in read_database(shop).notices}
    assert said["Order Details.note", 1].startswith("Holds 1 int and 1 str values")
    assert "1 became NULL" in said["Order Details.blob", None]
    assert "empty text" in said["Lines.amount", 2]
    assert said["void", None] == "The table has no rows."
    assert said["v", None].startswith("A view")
    lines = [notice.message for notice in read_database(shop).notices if notice.field == "Lines"]
    assert any("nowhere" in message for message in lines)
    assert any("1 row(s) refer to rows of order details" in message for message in lines)


def test_reading_leaves_the_file_as_it_was(shop: Path) -> None:
    before = shop.read_bytes()
    read_database(shop)
    assert shop.read_bytes() == before
    assert [path.name for path in shop.parent.iterdir()] == ["shop.db"]


def test_a_write_ahead_log_is_read_too(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "live.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (a INT)")
        connection.execute("INSERT INTO t VALUES (5)")
        connection.commit()
        assert read_database(tmp_path / "live.sqlite").tables[0].rows == ((5,),)


def test_a_long_table_is_refused_unless_left_out(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source2synth.data.sources.grid.MAX_ROWS", 0)
    with pytest.raises(ConfigError, match="name the other tables"):
        read_database(shop)
    assert [table.name for table in read_database(shop, tables=["VOID"]).tables] == ["void"]


def test_same_content_gives_the_same_id(shop: Path) -> None:
    copy = shop.with_name("copy.sqlite")
    copy.write_bytes(shop.read_bytes())
    assert read_database(shop).id == read_database(copy).id


def test_duckdb_keeps_names_values_and_keys(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, day DATE, moment TIMESTAMPTZ, big HUGEINT, d DECIMAL(5,2))"
        )
        connection.execute("INSERT INTO a VALUES (1, '1969-07-20', '1969-07-20 20:17:00+00', 12, 1.50)")
        connection.execute("CREATE TABLE b (ref INTEGER REFERENCES a(id), tags VARCHAR[], x DOUBLE, f BOOLEAN, u UUID)")
        connection.execute("INSERT INTO b VALUES (1, ['p', 'q'], 'nan', true, NULL), (NULL, NULL, 2, false, NULL)")
        connection.execute("CREATE SCHEMA more")
        connection.execute("CREATE TABLE more.c (k VARCHAR)")
    database = read_database(path)
    a, b, c = database.tables
    assert a.rows == ((1, "1969-07-20", "1969-07-20 20:17:00", 12, 1.5),)
    assert [column.type for column in a.columns] == ["integer", "date", "datetime", "integer", "real"]
    assert b.rows == ((1, '["p", "q"]', None, True, None), (None, None, 2.0, False, None))
    assert c.name == "more_c"
    assert database.dialect == "duckdb"
    assert [(key.table, key.columns, key.ref_table, key.ref_columns) for key in database.foreign_keys] == [
        ("b", ("ref",), "a", ("id",))
    ]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    columns = {
        "Höhe (m)": [8849, None],
        "code": ["007", "n/a"],
        "day": [dt.date(1953, 5, 29), None],
        "price": [decimal.Decimal("1.50"), decimal.Decimal("2.00")],
        "seen": [dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC), None],
        "raw": [b"\x00\xff", b"text"],
    }
    pq.write_table(pa.table(columns), tmp_path / "My peaks.parquet")
    database = read_database(tmp_path)
    table = database.tables[0]
    assert (table.name, table.title, database.dialect) == ("my_peaks", "My peaks", "duckdb")
    assert (table.columns[0].name, table.columns[0].header) == ("höhe_m", "Höhe (m)")
    assert table.rows == (
        (8849, "007", "1953-05-29", 1.5, "2020-01-01 12:00:00", None),
        (None, "n/a", None, 2.0, None, "text"),
    )


def test_a_workbook_gives_every_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Ascents"
    sheet.append(["First ascents"])
    sheet.append(["Peak", "Day", "Share", "Cost", "Sum", "Deaths"])
    sheet.append(["K2", dt.datetime.fromisoformat("1954-07-31"), 0.25, 3.5, "=1+1", 0])
    sheet.append(["Nuptse", dt.datetime.fromisoformat("1961-05-16"), 0.5, 4, "=2+2", None])
    for row in (3, 4):
        sheet[f"C{row}"].number_format = "0%"
        sheet[f"D{row}"].number_format = '"$"#,##0.00'
    other = book.create_sheet("Codes")
    for row in (["Code", "Name"], ["01", "one"], ["02", "two"]):
        other.append(row)
    book.create_sheet("Empty")
    book.save(tmp_path / "b.xlsx")
    database = read_database(tmp_path / "b.xlsx")
    ascents, codes = database.tables
    assert ascents.title == "First ascents"
    assert ascents.rows == (("K2", "1954-07-31", 25, 3.5, None, 0), ("Nuptse", "1961-05-16", 50, 4.0, None, None))
    assert [(column.type, column.unit) for column in ascents.columns[1:4]] == [
        ("date", ""),
        ("integer", "%"),
        ("real", "$"),
    ]
    assert codes.rows == (("01", "one"), ("02", "two"))
    said = [notice.message for notice in database.notices]
    assert any("2 formula(s)" in message for message in said)
    assert any(message.startswith("Sheet left out") for message in said)


def test_a_folder_joins_files_and_numbers_equal_names(shop: Path) -> None:
    (shop.parent / "lines.csv").write_text("a,b\n1,2\n")
    database = read_database(shop.parent)
    assert [table.name for table in database.tables] == ["lines", "Order Details", "Lines_2", "void"]
    assert database.foreign_keys[0].table == "Lines_2"
    assert read_database(shop.parent, tables=["lines_2"]).tables[0].column("order_id").type == "integer"
