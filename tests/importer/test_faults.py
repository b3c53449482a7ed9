"""Bad files: each fault with its line and column, and the file refused whole."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from monitor.errors import ImportRefusedError
from monitor.importer import read
from tests.importer.tables import PRICES, TOTALS, USAGE, written
from tests.shared import SHARED

GOOD = {
    USAGE: "2026-07-18,day,m,1,s,2026-07-19T00:00:00Z",
    TOTALS: "2026-07-18,day,author,a,1,s,2026-07-19T00:00:00Z",
    PRICES: "2026-07-18T10:00:00Z,s,m,input,1.5",
}


def refused(path: Path) -> list[tuple[int, int, str]]:
    """Line, column and message of each problem; all of them must name the file."""
    with pytest.raises(ImportRefusedError) as caught:
        read(path)
    assert {problem.path for problem in caught.value.problems} == {str(path)}
    return [(problem.line, problem.column, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("header", "line", "column", "message"),
    [
        (USAGE, "2026-02-30,day,m,1,s,2026-07-19T00:00:00Z", 1, "period_start: '2026-02-30' is not a date"),
        (USAGE, "2026-7-18,day,m,1,s,2026-07-19T00:00:00Z", 1, "period_start: '2026-7-18' is not a date"),
        (USAGE, "20260718,day,m,1,s,2026-07-19T00:00:00Z", 1, "expected YYYY-MM-DD"),
        (USAGE, "0226-07-18,day,m,1,s,2026-07-19T00:00:00Z", 1, "the year 226 is not between 1970 and 2199"),
        (USAGE, "2026-07-18,month,m,1,s,2026-07-19T00:00:00Z", 12, "period: 'month' is unknown; expected day or week"),
        (USAGE, "2026-07-18,Day,m,1,s,2026-07-19T00:00:00Z", 12, "period: 'Day' is unknown"),
        (USAGE, "2026-07-18,day,,1,s,2026-07-19T00:00:00Z", 16, "model: is empty"),
        (USAGE, "2026-07-18,day, m,1,s,2026-07-19T00:00:00Z", 16, "model: ' m' has blanks around it"),
        (USAGE, "2026-07-18,day,m\x00,1,s,2026-07-19T00:00:00Z", 16, "model: 'm\\x00' has"),
        (USAGE, "2026-07-18,day,m,,s,2026-07-19T00:00:00Z", 18, "tokens: '' is not a whole number"),
        (USAGE, "2026-07-18,day,m,NaN,s,2026-07-19T00:00:00Z", 18, "tokens: 'NaN' is not a whole number"),
        (USAGE, "2026-07-18,day,m,-1,s,2026-07-19T00:00:00Z", 18, "tokens: '-1' is not a whole number"),
        (USAGE, "2026-07-18,day,m,1.5,s,2026-07-19T00:00:00Z", 18, "tokens: '1.5' is not a whole number"),
        (USAGE, "2026-07-18,day,m,1e9,s,2026-07-19T00:00:00Z", 18, "tokens: '1e9' is not a whole number"),
        (USAGE, "2026-07-18,day,m,1_0,s,2026-07-19T00:00:00Z", 18, "tokens: '1_0' is not a whole number"),
        (USAGE, "2026-07-18,day,m,\u0663,s,2026-07-19T00:00:00Z", 18, "is not a whole number"),
        (USAGE, "2026-07-18,day,m,9007199254740993,s,2026-07-19T00:00:00Z", 18, "larger than 9007199254740992"),
        (USAGE, f"2026-07-18,day,m,{'9' * 25},s,2026-07-19T00:00:00Z", 18, "larger than 9007199254740992"),
        (USAGE, f"2026-07-18,day,m,{'9' * 5000},s,2026-07-19T00:00:00Z", 18, "larger than 9007199254740992"),
        (USAGE, "2026-07-18,day,m,1,,2026-07-19T00:00:00Z", 20, "source: is empty"),
        (USAGE, "2026-07-18,day,m,1,s,", 22, "recorded_at: '' is not a time"),
        (USAGE, "2026-07-18,day,m,1,s,2026-07-19", 22, "recorded_at: '2026-07-19' is not a time; expected YYYY-MM-DDT"),
        (USAGE, "2026-07-18,day,m,1,s,2026-07-19T00:00:00", 22, "recorded_at: '2026-07-19T00:00:00' is not a time"),
        (USAGE, "2026-07-18,day,m,1,s,2026-02-30T00:00:00Z", 22, "is not a time: day"),
        (USAGE, "2026-07-18,day,m,1,s,2026-07-19T25:00:00Z", 22, "is not a time: hour"),
        (USAGE, "2026-07-18,day,m,1,s,9999-12-31T23:59:59Z", 22, "the year 9999"),
        (USAGE, "2026-07-18,day,m,1,s", 21, "got 5, expected 6 fields: period_start,period"),
        (USAGE, "2026-07-18,day,m,1,s,2026-07-19T00:00:00Z,x,y", 43, "got 8, expected 6 fields"),
        (USAGE, "2026-07-18,day,m,1,s,2026-07-19T00:00:00Z,", 43, "got 7, expected 6 fields"),
        (USAGE, "", 1, "got an empty line, expected 6 fields"),
        (USAGE, '2026-07-18,day,"a,b",x,s,2026-07-19T00:00:00Z', 22, "tokens: 'x'"),
        (USAGE, '2026-07-18,day,"a"b,1,s,2026-07-19T00:00:00Z', 16, "a quoted field does not end on this line"),
        (USAGE, '2026-07-18,day,"a,1,s,2026-07-19T00:00:00Z', 16, "a quoted field does not end on this line"),
        (USAGE, '2026-07-18,day,"a\rb",1,s,2026-07-19T00:00:00Z', 16, "characters that can not be shown"),
        (
            TOTALS,
            "2026-07-18,day,lab,a,1,s,2026-07-19T00:00:00Z",
            16,
            "scope: 'lab' is unknown; expected total, author",
        ),
        (TOTALS, "2026-07-18,day,author,,1,s,2026-07-19T00:00:00Z", 23, "key: is empty"),
        (TOTALS, "2026-07-18,day,total,all,1,s,2026-07-19T00:00:00Z", 22, "key: 'all' is unknown; expected total"),
        (TOTALS, "2026-07-18,day,weights,free,1,s,2026-07-19T00:00:00Z", 24, "key: 'free' is unknown; expected open,"),
        (TOTALS, "2026-07-18,day,author,a,one,s,2026-07-19T00:00:00Z", 25, "tokens: 'one'"),
        (PRICES, "2026-02-30T10:00:00Z,s,m,input,1", 1, "observed_at: '2026-02-30T10:00:00Z' is not a time"),
        (PRICES, "2026-07-18T10:00:00Z,,m,input,1", 22, "source: is empty"),
        (PRICES, "2026-07-18T10:00:00Z,s,,input,1", 24, "model: is empty"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,inputs,1", 26, "field: 'inputs' is unknown; expected input, output, cache_"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,free", 32, "usd_per_mtok: 'free' is not a price"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,NaN", 32, "usd_per_mtok: 'NaN' is not a price"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,inf", 32, "usd_per_mtok: 'inf' is not a price"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,1_0", 32, "usd_per_mtok: '1_0' is not a price"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input, 1", 32, "usd_per_mtok: ' 1' is not a price"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,$1", 32, "usd_per_mtok: '$1' is not a price"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,1e999", 32, "usd_per_mtok: '1e999' is too large for a price"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,-0.5", 32, "usd_per_mtok: '-0.5' is negative; expected 0 or more"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,-1", 32, "usd_per_mtok: '-1' is negative"),
        (PRICES, "2026-07-18T10:00:00Z,s,m,input,-999999.9999999", 32, "is negative"),
    ],
)
def test_fault_of_a_field(tmp_path: Path, header: str, line: str, column: int, message: str) -> None:
    """One wrong line among good ones is refused at its line and the column of its field."""
    path = written(tmp_path, header, GOOD[header], line, GOOD[header])

    [(at, character, text)] = refused(path)

    assert (at, character) == (3, column)
    assert message in text


def test_every_fault_of_a_file_is_listed(tmp_path: Path) -> None:
    """All faults of a line and of a file come in one refusal, in order."""
    path = written(
        tmp_path, USAGE, "2026-02-30,dya,,NaN,,x", GOOD[USAGE], "a,b", "2026-07-18,day,m,x,s,2026-07-19T00:00:00Z"
    )

    places = [(line, column) for line, column, _ in refused(path)]

    assert places == [(2, 1), (2, 12), (2, 16), (2, 17), (2, 21), (2, 22), (4, 4), (5, 18)]


def test_list_of_faults_is_cut_at_fifty(tmp_path: Path) -> None:
    """Fifty faults are shown, the others counted."""
    found = refused(written(tmp_path, USAGE, *["x"] * 1234))

    assert [line for line, _, _ in found] == [*range(2, 52), 0]
    assert found[-1][2] == "and 1,184 more"


def test_long_text_is_cut_in_the_message(tmp_path: Path) -> None:
    """A field of a megabyte does not make a message of a megabyte."""
    [(line, column, message)] = refused(written(tmp_path, PRICES, f"2026-07-18T10:00:00Z,s,m,input,{'x' * 1_000_000}"))

    assert (line, column) == (2, 32)
    assert len(message) < 200


def test_contradiction_is_refused(tmp_path: Path) -> None:
    """Two values of one key can not both be stored, and which is right is not for us to say."""
    usage = written(tmp_path, USAGE, GOOD[USAGE], GOOD[USAGE].replace(",1,", ",2,"))
    rest = written(
        tmp_path,
        TOTALS,
        "2026-07-18,day,author,others,1,s,2026-07-19T00:00:00Z",
        "2026-07-18,day,brand,Other,2,s,2026-07-19T02:00:00+02:00",
        name="rest.csv",
    )
    prices = written(tmp_path, PRICES, GOOD[PRICES], "2026-07-18T10:00:00Z,s,m,input,", name="prices.csv")

    assert refused(usage) == [(3, 18, "tokens: '2' contradicts line 2: same series, same period_start and recorded_at")]
    assert [place for *place, _ in refused(rest)] == [[3, 28]]
    assert refused(prices) == [(3, 32, "usd_per_mtok: '' contradicts line 2: same series, same observed_at")]


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 have a line and a column in characters, beside other faults."""
    path = tmp_path / "file.csv"
    lines = [USAGE, "2026-07-18,day,\u00e9\u00e9,1,s,2026-07-19T00:00:00Z", "x", GOOD[USAGE]]
    path.write_bytes("\n".join(lines).encode().replace("é,".encode(), b"\xe9,"))

    found = refused(path)

    assert found[0] == (2, 17, "byte 0xe9 is not UTF-8")
    assert [line for line, _, _ in found] == [2, 3]


@pytest.mark.parametrize(
    ("header", "column", "message"),
    [
        ("period_start,period,model,token,source,recorded_at", 27, "nearest is usage: missing tokens; unknown 'token'"),
        ("period_start,period,model,tokens,source", 40, "nearest is usage: missing recorded_at"),
        (f"{USAGE},note", 53, "nearest is usage: unknown 'note'"),
        (
            "period,period_start,model,tokens,source,recorded_at",
            1,
            "nearest is usage: columns twice or in another order",
        ),
        (USAGE.replace(",", ";"), 1, "none of the known formats: 'period_start;period;model"),
        (USAGE.upper(), 1, "nearest is usage: missing period_start"),
        ("period_start,period,scope,key,token,source,recorded_at", 31, "nearest is totals"),
        ("observed_at,source,model,field,usd", 32, "nearest is prices: missing usd_per_mtok; unknown 'usd'"),
        ("2026-07-18,day,m,1,s,2026-07-19T00:00:00Z", 1, "none of the known formats: '2026-07-18,day"),
        ("<!DOCTYPE html><html><head>", 1, "none of the known formats: '<!DOCTYPE html>"),
        ('{"data": []}', 1, "none of the known formats"),
        ("", 1, "none of the known formats: ''"),
    ],
)
def test_unknown_header(tmp_path: Path, header: str, column: int, message: str) -> None:
    """A header of no format is refused with the nearest one, what differs and where."""
    [(line, character, text)] = refused(written(tmp_path, header, GOOD[USAGE]))

    assert (line, character) == (1, column)
    assert message in text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "prices/openrouter_endpoints_5min.csv.gz",
            "nearest is prices: missing source, usd_per_mtok; unknown 'variant'",
        ),
        ("prices/openrouter_endpoints_samples.csv.gz", "none of the known formats: 'observed_at,n_endpoints"),
        ("prices/observations.csv.gz", "none of the known formats: 'observed_at,source,via"),
        ("prices/declared.csv", "nearest is prices: missing observed_at; unknown 'first_seen_at'"),
        ("prices/events_known.csv", "none of the known formats: 'date,vendor"),
        ("prices/glitches.csv", "nearest is prices: missing observed_at, usd_per_mtok"),
        ("usage/known_events.csv", "none of the known formats: 'date,kind"),
        ("usage/origin.csv", "none of the known formats: 'key,origin,note'"),
        ("usage/aliases.csv", "none of the known formats: 'source,alias"),
        ("usage/README.md", "none of the known formats: '# OpenRouter"),
    ],
)
def test_neighbours_of_the_real_files_are_refused(name: str, message: str) -> None:
    """The other files of the shared data are no history of the three formats, near as some of them come."""
    [(line, _, text)] = refused(SHARED / "data" / name)

    assert line == 1
    assert message in text


def test_file_that_can_not_be_read(tmp_path: Path) -> None:
    """A missing file, a folder and an empty file are refused like bad ones."""
    empty = tmp_path / "empty.csv"
    empty.touch()

    assert refused(tmp_path / "none.csv") == [(0, 0, "can not be read: No such file or directory")]
    assert refused(tmp_path) == [(0, 0, "can not be read: Is a directory")]
    assert refused(empty) == [(0, 0, "is empty")]


def test_gzip_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """No prefix of a gzip file is taken for the whole."""
    path = tmp_path / "file.csv.gz"
    whole = gzip.compress("\n".join((USAGE, GOOD[USAGE], "")).encode(), mtime=0)

    for cut in range(2, len(whole)):
        path.write_bytes(whole[:cut])
        [(line, _, message)] = refused(path)
        assert (line, message) == (0, "is broken gzip: it ends too early")


def test_gzip_changed_on_its_way_is_refused(tmp_path: Path) -> None:
    """A wrong checksum, or rubbish behind the end, is broken gzip."""
    path = tmp_path / "file.csv.gz"
    whole = gzip.compress("\n".join((USAGE, GOOD[USAGE], "")).encode(), mtime=0)

    for broken in (whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:], whole + b"rubbish"):
        path.write_bytes(broken)
        [(line, _, message)] = refused(path)
        assert line == 0
        assert message.startswith("is broken gzip: ")


def test_second_header_in_the_middle_is_a_fault(tmp_path: Path) -> None:
    """Two gzip files put together with `cat` unpack as one, with a header where a row should be."""
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress("\n".join((USAGE, GOOD[USAGE], "")).encode()) * 2)

    assert {line for line, _, _ in refused(path)} == {3}


def test_gzip_bomb_with_another_header_is_not_unpacked(tmp_path: Path) -> None:
    """400 MB of zeros cost no more than the first block: their header is of no format."""
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(bytes(1 << 20), 9) * 400)

    [(line, column, message)] = refused(path)

    assert (line, column) == (1, 1)
    assert "none of the known formats" in message


def test_gzip_bomb_behind_a_good_header_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than the limit is refused before all of it is unpacked, over all members."""
    monkeypatch.setattr("monitor.importer.files._LARGEST", 1 << 20)
    path = tmp_path / "bomb.csv.gz"
    start = gzip.compress(f"{USAGE}\n".encode())
    bodies = (gzip.compress(bytes(5 << 20)), gzip.compress(bytes(600_000)) * 2)

    for body in bodies:
        path.write_bytes(start + body)
        assert refused(path) == [(0, 0, "unpacks to more than 1,048,576 bytes")]


def test_plain_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain file has the same limit."""
    monkeypatch.setattr("monitor.importer.files._LARGEST", 60)

    assert refused(written(tmp_path, USAGE, GOOD[USAGE])) == [(0, 0, "is larger than 60 bytes")]


def test_field_beyond_the_limit_of_csv_is_refused(tmp_path: Path) -> None:
    """What only the fast way can not take is still refused, with its own words."""
    path = written(tmp_path, PRICES, f'2026-07-18T10:00:00Z,s,m,input,"{"0" * 140_000}"')

    assert refused(path) == [(0, 0, "field larger than field limit (131072)")]
