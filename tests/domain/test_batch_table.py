"""A CSV file is read as its author meant it, or refused with the place; never bent in silence."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import csv_table
from console.domain.csv_table import Table, read_table
from console.domain.errors import BadInput


def cells(text: str) -> list[tuple[str, ...]]:
    return [row.cells for row in read_table(text.encode("utf-8")).rows]


def refusal(raw: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        read_table(raw)
    return str(refused.value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_every_usual_form_of_a_file_gives_the_same_table(
    end: str, delimiter: str, bom: str
) -> None:
    lines = ["a,b", '1,"x ""y"""', "2,"]
    text = bom + end.join(line.replace(",", delimiter) for line in lines) + end
    table = read_table(text.encode("utf-8"))
    assert table.header == ("a", "b")
    assert [row.cells for row in table.rows] == [("1", 'x "y"'), ("2", "")]
    assert [(row.number, row.line) for row in table.rows] == [(1, 2), (2, 3)]
    assert (table.delimiter, table.bom) == (delimiter, bool(bom))


def test_a_line_end_inside_quotes_belongs_to_its_cell_and_shifts_no_row() -> None:
    table = read_table(b'a,b\n"first\nsecond\r\nthird",1\nx,2\n')
    assert table.rows[0].cells == ("first\nsecond\r\nthird", "1")
    assert [(row.number, row.line) for row in table.rows] == [(1, 2), (2, 5)]


def test_characters_that_only_look_like_line_ends_stay_in_their_cell() -> None:
    text = "a,b\none\u2028two\x0bthree\x85,1\n"
    assert cells(text) == [("one\u2028two\x0bthree\x85", "1")]


def test_the_delimiter_is_the_one_under_which_the_rows_are_alike() -> None:
    assert cells("name;note\nA;one, two\nB;three\n") == [("A", "one, two"), ("B", "three")]
    assert cells('name,note\nA,"one; two; three"\n') == [("A", "one; two; three")]
    assert cells("a;b,c\n1;2,3\n") == [("1;2", "3")]  # in doubt the comma


def test_a_file_of_one_column_needs_no_delimiter() -> None:
    assert cells("customerId:string\nCUST-1\nCUST-2") == [("CUST-1",), ("CUST-2",)]


def test_the_line_that_excel_writes_about_its_delimiter_is_no_header() -> None:
    table = read_table(b"sep=;\r\na;b\r\n1,5;2\r\n")
    assert (table.header, table.rows[0].cells, table.rows[0].line) == (("a", "b"), ("1,5", "2"), 3)


def test_empty_lines_are_left_out_and_rows_without_values_are_kept_to_be_judged() -> None:
    table = read_table(b"a,b\n\n1,2\n\n,\n\n")
    assert [(row.number, row.line, row.cells) for row in table.rows] == [
        (1, 3, ("1", "2")),
        (2, 5, ("", "")),
    ]


def test_rows_of_another_width_are_kept_to_be_judged() -> None:
    assert cells("a,b\n1\n1,2,3\n") == [("1",), ("1", "2", "3")]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \r\n", "The file is empty."),
        (b"a,b\n", "no row below"),
        (b"sep=;\r\n", "no header"),
        (b"a,b\n\xc3\x28,1\n", "not UTF-8 text at line 2, column 1"),
        (b"a\nabc\nd\xe4f\n", "not UTF-8 text at line 3, column 2"),
        (b'a\n"x\ny\xe4"\n', "not UTF-8 text at line 3, column 2"),
        (b"a\nx\x00\n", "NUL byte at line 2, column 2"),
        ("a\nx\n".encode("utf-16-be", "strict").join([b"\xfe\xff", b""]), "UTF-16"),
        (b"a,\n1,2\n", "Column 2 has no name in the header (line 1)"),
        (b"a, a\n1,2\n", "Columns 1 and 2 are both named 'a' (line 1)"),
        (b'a\n1\n"open\n2\n', "begins at line 3 opens a quote that is never closed"),
        (b'a,b\n"x"y,1\n', "begins at line 2 has text after a closed quote"),
    ],
)
def test_what_cannot_be_read_without_guessing_is_refused_with_its_place(
    raw: bytes, said: str
) -> None:
    assert said in refusal(raw)


def test_a_cell_beyond_what_a_reader_takes_is_refused() -> None:
    assert "a cell of more than" in refusal(b"a,b\n" + b"x" * 200_000 + b",1\n")


def test_what_the_reader_says_for_a_reason_of_its_own_is_told_as_it_is() -> None:
    assert csv_table._words(csv.Error("line too odd")) == "cannot be read: line too odd."


def test_a_ragged_row_far_below_does_not_change_how_the_file_is_read() -> None:
    text = "name;note\n" + "A;one, two\n" * 60 + "B\n"
    assert read_table(text.encode("utf-8")).delimiter == ";"


def test_more_rows_than_a_batch_may_have_are_refused_plainly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_table, "MAX_ROWS", 3)
    assert len(read_table(b"a\n1\n2\n3\n").rows) == 3
    assert "more than 3 rows; split it" in refusal(b"a\n1\n2\n3\n4\n")


def test_a_file_beyond_the_size_that_is_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_BYTES", 4)
    assert "larger than" in refusal(b"a\n123\n")


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=8
)


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(TEXTS, min_size=n, max_size=n), max_size=6)
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_a_spreadsheet_writes_is_read_back_cell_by_cell(
    rows: list[list[str]], delimiter: str
) -> None:
    width = len(rows[0]) if rows else 2
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow([f"column {number}" for number in range(width)])
    writer.writerows(rows)
    raw = file.getvalue().encode("utf-8")
    if not rows:
        refusal(raw)
        return
    table: Table = read_table(raw)
    assert table.delimiter == delimiter
    assert [list(row.cells) for row in table.rows] == rows
