from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SourceError
from monitor.sources.unpack import Unpacker

WHERE = "https://example.org/list"


def unpacked(packed: bytes, *, pieces: int = 1, limit: int = 10_000, gzipped: bool = True) -> bytes:
    unpacker = Unpacker(WHERE, limit, gzipped=gzipped)
    size = max(1, len(packed) // pieces)
    for start in range(0, len(packed), size):
        unpacker.feed(packed[start : start + size])
    return unpacker.body()


@given(members=st.lists(st.binary(max_size=2000), min_size=1, max_size=4), pieces=st.integers(1, 50))
def test_any_members_in_any_pieces_unpack_to_their_sum(members: list[bytes], pieces: int) -> None:
    """RFC 1952: a gzip file is its members one after the other; how it arrives changes nothing."""
    packed = b"".join(gzip.compress(member) for member in members)
    assert unpacked(packed, pieces=pieces) == b"".join(members)


@given(plain=st.binary(max_size=2000), pieces=st.integers(1, 50))
def test_without_gzip_the_body_is_what_arrived(plain: bytes, pieces: int) -> None:
    """An identity body passes through."""
    assert unpacked(plain, pieces=pieces, gzipped=False) == plain


@given(size=st.integers(150_000, 400_000), pieces=st.integers(1, 9))
def test_a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not(size: int, pieces: int) -> None:
    """The limit counts unpacked bytes, over all inner steps."""
    packed = gzip.compress(bytes(size))
    assert unpacked(packed, pieces=pieces, limit=size) == bytes(size)
    with pytest.raises(SourceError, match=f"got more than {size - 1:,} bytes"):
        unpacked(packed, pieces=pieces, limit=size - 1)


def test_the_limit_holds_over_all_members() -> None:
    """A bomb of many small members is a bomb."""
    with pytest.raises(SourceError, match="got more than 1,000 bytes"):
        unpacked(gzip.compress(bytes(900)) * 2, limit=1000)


def test_the_limit_holds_for_what_arrives() -> None:
    """Members without content cost time, not memory; they are bounded too."""
    with pytest.raises(SourceError, match="got more than 1,000 bytes"):
        unpacked(gzip.compress(b"") * 100, limit=1000)


@given(cut=st.integers(1, 40))
def test_a_gzip_that_ends_too_early_is_named(cut: int) -> None:
    """Truncated, even if only the checksum is missing: never taken for the whole."""
    packed = gzip.compress(b"a list of models and their prices, as text")
    with pytest.raises(SourceError, match=f"{WHERE}: got a gzip body cut off after {len(packed) - cut} bytes"):
        unpacked(packed[:-cut])


def test_an_empty_gzip_body_is_no_empty_list() -> None:
    """Nothing at all is not the packed form of nothing."""
    with pytest.raises(SourceError, match="cut off after 0 bytes"):
        unpacked(b"")


@pytest.mark.parametrize(
    "packed",
    [b"<html>not gzip</html>", gzip.compress(b"{}") + b"rubbish", b"\x1f\x8b\x08\xff"],
    ids=["HTML", "rubbish behind it", "a header only"],
)
def test_what_is_no_gzip_is_named(packed: bytes) -> None:
    """The label says gzip, the bytes do not (or only at first)."""
    with pytest.raises(SourceError, match=f"{WHERE}: got a (body that can not be unpacked|gzip body cut off)"):
        unpacked(packed)


def test_a_wrong_checksum_is_named() -> None:
    """A flipped bit in the trailer: the body is not believed."""
    packed = bytearray(gzip.compress(b"price"))
    packed[-5] ^= 1
    with pytest.raises(SourceError, match="can not be unpacked") as caught:
        unpacked(bytes(packed))
    assert isinstance(caught.value.__cause__, zlib.error)
