"""Who makes a model and who sells it, from the way a source writes it; never from what it looks like."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from monitor.catalog.spelling import cut, parted
from monitor.catalog.vendor import NOBODY, UNKNOWN, Vendor

_SEPARATORS = re.compile(r"[\s_@/:()]+")
_IGNORED = re.compile(r"[^a-z0-9]")
_SELLERS_VERSION = re.compile(r"-v1$|-v\d-0$")
_DIGIT = re.compile(r"\d")
_ACCOUNTS = re.compile(r"/accounts/[^/]+/models\b")
_DOTTED_HOST = "bedrock"  # what a dotted name without a host in front is sold by
_STAMPED = re.compile(r"-2\d[01]\d[0-3]\d$")
_STAMPED_HOST = "volcengine"  # what a bare name with such a date is sold by: `deepseek-v3-2-251201`
_WILD = "*?["


@dataclass(frozen=True, slots=True)
class Claim:
    """A vendor says that models of this name are its own; `letters`: how many the pattern fixes."""

    pattern: re.Pattern[str]
    letters: int
    vendor: Vendor


Claims = Mapping[str, tuple[Claim, ...]]
"""By the letter that names begin with; empty = any."""


@dataclass(frozen=True, slots=True)
class Made:
    """A model as somebody sells it.

    `author`: what stands before `/`, as written; empty if nothing does. `part`: the name without it, in small letters
    and with `-` for blanks. `host`: who else than its maker sells it; empty = the maker, or the source itself.
    `claimed`: vendors that may have made it, where that is not clear.
    """

    vendor: Vendor
    author: str
    part: str
    host: str = ""
    claimed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Makers:
    """All vendors by what they are called.

    `spellings`: every vendor by each of its names, see `keys`. `unnamed`: authors whose makers are not named. `hosted`:
    sources that put the host that serves a model before `/`, not its author. `markets`: names under which vendors sell
    at prices of another country. `claims`: every family of every vendor.
    """

    spellings: Mapping[str, Vendor]
    unnamed: frozenset[str]
    hosted: frozenset[str]
    markets: frozenset[str]
    claims: Claims

    def vendor(self, author: str) -> Vendor | None:
        """The vendor of that name; None if the catalogue has none. Blanks, points and `-` in it do not matter."""
        return next((self.spellings[key] for key in keys(author) if key in self.spellings), None)

    def knows(self, author: str) -> bool:
        """Whether the catalogue says anything of that author: who it is, or that nobody says who it is."""
        return self.vendor(author) is not None or any(key in self.unnamed for key in keys(author))

    def made(self, model: str, *, hosted: bool) -> Made:
        """Who makes a model and who sells it; `hosted`: as a source of `hosted` writes it."""
        *before, last = _ACCOUNTS.sub("", cut(model)[0]).split("/")
        before = [each.removeprefix("~") for each in before]
        part = _SEPARATORS.sub("-", last.removeprefix("~").casefold())
        if hosted:
            return self._sold(before, part)
        return self._authored(before[-1], part) if before else self._bare(part)

    def _authored(self, author: str, part: str) -> Made:
        vendor = self.vendor(author)
        return Made(vendor, author, vendor.own(part)) if vendor else Made(NOBODY, author, part)

    def _bare(self, part: str) -> Made:
        claimed, rest = self._claimed(part)
        if len(claimed) != 1:
            return Made(NOBODY, "", part, claimed=tuple(sorted(each.key for each in claimed)))
        return Made(claimed[0], "", claimed[0].own(rest))

    def _sold(self, before: list[str], part: str) -> Made:
        """What stands in front is believed to be the maker unless it is a host's name, or the family is another's."""
        if dotted := self._dotted(before, part):
            return dotted
        before = before or ([_STAMPED_HOST] if _STAMPED.search(part) else [])
        author = before[-1] if before else ""
        made = self._authored(author, part)
        if made.vendor is NOBODY or (made.vendor.families and made.vendor.family(made.part) == UNKNOWN):
            bare = self._bare(part)
            made = made if made.vendor is not NOBODY and bare.vendor is NOBODY else bare
        return replace(made, author=author, host=self._host(before, made.vendor))

    def _dotted(self, before: list[str], part: str) -> Made | None:
        """`us.anthropic.claude-opus-4-6-v1-0`: region, author, model and the seller's own version of it."""
        first, _, rest = part.partition(".")
        second, _, last = rest.partition(".")
        region, author, name = ("", first, rest) if self.vendor(first) else (first, second, last)
        vendor = self.vendor(author)
        if vendor is None or not name or not author.isalnum() or _DIGIT.search(region):
            return None
        host = "/".join((*(before or [_DOTTED_HOST]), *filter(None, [region])))
        return Made(vendor, author, vendor.own(_SELLERS_VERSION.sub("", name)), host.casefold())

    def _host(self, before: list[str], vendor: Vendor) -> str:
        """What stands before a model, without its maker's names at the end."""
        hosts = list(before)
        while hosts and self.vendor(hosts[-1]) is vendor and self.markets.isdisjoint(keys(hosts[-1])):
            hosts.pop()
        return "/".join(hosts).casefold()

    def _claimed(self, part: str) -> tuple[list[Vendor], str]:
        """(vendors with a family of that name, the name); makers' names in front of it are taken off.

        A pattern that begins with `*` names a model tuned from somebody else's and goes first, then the longest.
        """
        for initial in ("", part[:1]):
            found = [
                claim
                for claim in self.claims.get(initial, ())
                if claim.pattern.match(part) or claim.pattern.match(parted(part))
            ]
            if found:
                longest = max(claim.letters for claim in found)
                return list({each.vendor.key: each.vendor for each in found if each.letters == longest}.values()), part
        first, _, rest = part.partition("-")
        return self._claimed(rest) if rest and self.vendor(first) else ([], part)


def keys(name: str) -> tuple[str, ...]:
    """What a name is looked up by: as written without capital letters, then its letters and digits alone."""
    folded = name.casefold()
    bare = _IGNORED.sub("", folded)
    return (folded, bare) if bare else (folded,)


def by_spelling(vendors: Iterable[tuple[Vendor, Iterable[str]]]) -> dict[str, Vendor]:
    """Every vendor by its key, its name and its further spellings."""
    return {
        key: vendor for vendor, names in vendors for name in (vendor.key, vendor.name, *names) for key in keys(name)
    }


def claims_of(vendors: Iterable[tuple[Vendor, Iterable[str]]]) -> Claims:
    """Every family of every vendor, given the shell patterns of each vendor's families in order."""
    found: defaultdict[str, list[Claim]] = defaultdict(list)
    for vendor, shell in vendors:
        for (pattern, _), text in zip(vendor.families, shell, strict=True):
            found[text[:1].strip(_WILD)].append(Claim(pattern, sum(letter not in _WILD for letter in text), vendor))
    return {initial: tuple(claims) for initial, claims in found.items()}
