"""Downloads, likes, licences and derivatives of repositories on the Hugging Face Hub: what is taken up, not used."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from monitor.errors import SourceError
from monitor.model.fact import listed as as_text
from monitor.model.labels import Labels
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.settings import listed
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Span, Url
from monitor.sources.entries import Entries, Faults, once, read_each, tried
from monitor.sources.fetch import Body, Fetch
from monitor.sources.levels import Level, Listing
from monitor.sources.manners import Budget
from monitor.sources.several import joined

KIND = "huggingface"
_SOURCE = "huggingface"  # the label of the samples
_CITATION = "Source: Hugging Face (huggingface.co/models)"
_COUNTS: Mapping[str, str] = {"downloads": "downloads", "downloadsAllTime": "downloads_all_time", "likes": "likes"}
"""By the field of the answer, the metric."""
_DERIVATIVES, _LICENCE = "derivatives", "licence"
METRICS = (*_COUNTS.values(), _DERIVATIVES, _LICENCE)
ABOUT = About(
    title="Hugging Face Hub",
    label=_SOURCE,
    shows=Shows.ADOPTION,
    site="huggingface.co/models",
    licence="not stated",
    duty="read through the API",
    limits="500 requests in five minutes for an address, 1,000 with a token",
    by_default=False,
)
_BUDGET = Budget("huggingface", per_minute=90, per_day=5000)  # below 500 in five minutes
_EXPAND = [("expand[]", field) for field in (*_COUNTS, "tags")]  # the Hub tells what is named, and the id
_PAGE = 1000  # entries in one answer, the most that was seen in use
_MOST_PAGES = 50  # of one list
_REPO = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9._-]{1,96})?"
_NAME = re.compile(_REPO, re.ASCII)
_LICENCE_TAG = re.compile(r"license:([!-~]{1,100})")


class Config(ListConfig):
    """Settings of this kind."""

    url: Url = "https://huggingface.co/api/models"
    schedule: Schedule = "H 23 * * *"  # a look in its last hour completes the day for rules
    token: SecretStr | None = Field(None, min_length=1, description="a free access token; doubles the limit")
    top: int = Field(100, ge=0, le=_PAGE, description="the repositories with the most downloads")
    task: str = Field("text-generation", pattern=r"^[a-z0-9-]*$", description="of these; empty: whatever they are for")
    repos: Annotated[
        tuple[Annotated[str, Field(pattern=f"^{_REPO}$")], ...], BeforeValidator(listed), Field(max_length=500)
    ] = ()
    derivatives: bool = Field(default=True, description="count what was made from each of `repos`")
    stale_after: Span = timedelta(hours=48)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.top or self.repos):
            raise ValueError("nothing to read: give top or repos")
        return self


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository of weights. `counts`: by metric; one that the answer does not have is not in it."""

    id: str
    counts: Mapping[str, int]
    licence: str


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Hub(config, fetch)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one poll has found so far, repositories by their names."""

    answers: list[Body] = field(default_factory=list)
    repos: dict[str, Repo] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Hub:
    config: Config
    fetch: Fetch

    async def poll(self, window: Window) -> Snapshot:  # noqa: ARG002  (counts have no past)
        """The most downloaded and those that are named, as they stand now; raises SourceError.

        What the Hub refuses of one that is named (it is gone, or not public) is told and leaves the others alone.
        """
        found = _Found()
        if self.config.top:
            await self._top(found)
        for name in self.config.repos:
            try:
                await self._named(name, found)
            except SourceError as error:
                if not error.permanent:
                    raise
                found.faults.append(f"{name}: {error.message}")
        if not found.repos:
            raise SourceError(found.faults[0], hint="check `repos` in this source's settings", permanent=True)
        listing = Listing(KIND, _SOURCE, METRICS, _CITATION, self.config.stale_after)
        levels = _levels(found.repos.values())
        return listing.snapshot(joined(found.answers), levels, entries=len(found.repos), faults=found.faults)

    async def _top(self, found: _Found) -> None:
        config = self.config
        query = [("sort", "downloads"), ("direction", "-1"), ("limit", str(config.top)), *_EXPAND]
        async for page in self._pages([*query, ("pipeline_tag", config.task)] if config.task else query):
            found.answers.append(page)
            read = parse(page.body)
            room = config.top - len(found.repos)
            found.repos.update((repo.id, repo) for repo in read.found[:room])
            found.faults.extend(read.faults)
            if len(found.repos) >= config.top:
                break

    async def _named(self, name: str, found: _Found) -> None:
        repo = found.repos.get(name)
        if repo is None:
            answer = await self._get(f"{self.config.url}/{name}", _EXPAND)
            found.answers.append(answer)
            repo = parse_one(answer.body)
        found.repos[repo.id] = repo
        if self.config.derivatives:
            count = await self._derivatives(repo.id, found.answers)
            found.repos[repo.id] = replace(repo, counts={**repo.counts, _DERIVATIVES: count})

    async def _derivatives(self, name: str, answers: list[Body]) -> int:
        """How many repositories say that they were made from this one; the Hub has no count, so they are listed."""
        count = 0
        query = [("filter", f"base_model:{name}"), ("limit", str(_PAGE)), ("expand[]", "likes")]
        async for page in self._pages(query):
            answers.append(page)
            count += len(decoded(KIND, page.body).of(list))
        return count

    async def _pages(self, query: Sequence[tuple[str, str]]) -> AsyncIterator[Body]:
        """A list page by page, at most fifty; raises SourceError."""
        for _ in range(_MOST_PAGES):
            page = await self._get(self.config.url, query)
            yield page
            if not page.next_page:
                return
            query = parse_qsl(urlsplit(page.next_page).query)  # of our own address: the token goes nowhere else
        raise SourceError(
            f"{KIND}: {self.config.url}: got more than {_MOST_PAGES} pages of one list, expected its end",
            hint="what has so many derivatives can not be counted: set `derivatives` to false, or leave it out",
            permanent=True,
        )

    async def _get(self, url: str, query: Sequence[tuple[str, str]]) -> Body:
        token = self.config.token
        bearer = {} if token is None else {"Authorization": SecretStr(f"Bearer {token.get_secret_value().strip()}")}
        return await self.fetch.get(f"{url}?{urlencode(query)}", secret_headers=bearer, budget=_BUDGET)


def parse(body: bytes) -> Entries[Repo]:
    """Read a list; raises SourceError when it is none, or more than 5 % of its entries are broken."""
    answer = decoded(KIND, body)
    places = answer.items()
    once(places, "id")
    return read_each(answer, places, _repo)


def parse_one(body: bytes) -> Repo:
    """Read what the Hub says of one repository; raises SourceError."""
    faults: Faults = []
    repo = _repo(decoded(KIND, body), faults)
    if faults or repo is None:
        raise SourceError(faults[0].message, permanent=True)
    return repo


def _repo(place: Place, faults: Faults) -> Repo | None:
    name = place.at("id")
    if not _NAME.fullmatch(name.of(str)):
        raise name.fault("the name of a repository, such as Qwen/Qwen3-8B")
    there = place.of(dict).keys()
    counts = {metric: tried(faults, _count, place.at(field)) for field, metric in _COUNTS.items() if field in there}
    licence = tried(faults, _licence, place.at("tags")) if "tags" in there else ""
    return Repo(name.of(str), {metric: count for metric, count in counts.items() if count is not None}, licence or "")


def _count(place: Place) -> int:
    if type(place.value) is not int or place.value < 0:
        raise place.fault("a whole number, 0 or more")
    return place.value


def _licence(place: Place) -> str:
    """All that is said of it, in one order: "apache-2.0"; empty where nothing is."""
    found = (_LICENCE_TAG.fullmatch(tag) for tag in place.of(list) if isinstance(tag, str))
    return as_text(match[1] for match in found if match)


def _levels(repos: Iterable[Repo]) -> Iterator[Level]:
    for repo in repos:
        labels = Labels.of(source=_SOURCE, repo=repo.id)
        for metric, count in repo.counts.items():
            yield Level(metric, labels, float(count))
        if repo.licence:
            yield Level(_LICENCE, labels, repo.licence)
