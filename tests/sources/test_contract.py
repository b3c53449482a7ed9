"""What counts as a broken contract: an answer in another shape, or none at that address; not a source that is down."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer

from monitor.errors import ContractError, SourceError
from monitor.sources.answer import Place, decoded
from monitor.sources.fetch import Fetch


@pytest.mark.asyncio
@pytest.mark.parametrize(("status", "broken"), [(404, True), (410, True), (400, False), (401, False), (403, False)])
async def test_an_address_that_moved_breaks_it(httpserver: HTTPServer, fetch: Fetch, status: int, broken: bool) -> None:
    """A wrong key or a wrong request is for its user to correct."""
    httpserver.expect_request("/list").respond_with_data("", status=status)
    with pytest.raises(SourceError, match=f"got HTTP {status}, expected 200") as caught:
        await fetch.get(httpserver.url_for("/list"))
    assert isinstance(caught.value, ContractError) is broken


@pytest.mark.asyncio
async def test_a_server_that_fails_does_not(httpserver: HTTPServer, fetch: Fetch) -> None:
    """It is down."""
    httpserver.expect_request("/list").respond_with_data("", status=503)
    with pytest.raises(SourceError) as caught:
        await fetch.get(httpserver.url_for("/list"))
    assert not isinstance(caught.value, ContractError)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"<html>", lambda answer: answer),
        (b'{"models": []}', lambda answer: answer.at("data")),
        (b'{"data": []}', lambda answer: answer.at("data").items()),
        (b'{"data": {}}', lambda answer: answer.at("data").items()),
        (b'{"data": 5}', lambda answer: answer.at("data").of(str)),
    ],
    ids=["page", "field gone", "empty list", "another type", "a number for a text"],
)
def test_another_shape_breaks_it(body: bytes, read: Callable[[Place], object]) -> None:
    """With what was got and what was expected."""
    with pytest.raises(ContractError, match=r"got .*, expected "):
        read(decoded("source", body))
