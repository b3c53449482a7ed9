"""Rule files and catalogues as they lie on disk: read whole, with every problem told at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.catalog import Catalog, shipped
from monitor.catalog import load as parsed_catalog
from monitor.errors import CatalogError, Problem, ProblemsError
from monitor.rules.load import RuleSet, load

_TESTS = "tests"  # their folder: the tests of rules are no rules
_LARGEST = 8 * 1024 * 1024  # bytes; ten thousand rules are 4 MB


@dataclass(frozen=True, slots=True)
class Texts:
    """Files that could be read, as (path, text), and the problems of those that could not."""

    files: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def rule_texts(paths: Iterable[Path]) -> Texts:
    """Every rule file named or found below a folder named (*.yaml, not in `tests`), each once, in order."""
    return _texts(_found(paths))


def _texts(every: Iterable[_Found]) -> Texts:
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for found in every:
        try:
            files[_shown(found.path)] = found.text()
        except ProblemsError as error:
            problems.extend(error.problems)
    return Texts(tuple(files.items()), tuple(dict.fromkeys(problems)))


def texts_of_tests(paths: Iterable[Path]) -> Texts:
    """Every file of rule tests named, or found in folders called `tests` of a folder named, each once, in order."""
    return _texts(found for path in paths for found in _found_tests(path))


def load_rules(paths: Iterable[Path]) -> RuleSet:
    """The rules of these files and folders, with every problem of reading and understanding them."""
    return rules_of(rule_texts(paths))


def rules_of(texts: Texts) -> RuleSet:
    """The rules of files that were read; what is written, and what is doubtful, has absolute paths."""
    loaded = load(texts.files)
    doubtful = loaded.doubtful.union(problem.path for problem in texts.problems)
    return replace(
        loaded,
        problems=(*texts.problems, *loaded.problems),
        written=tuple(replace(each, path=_absolute(each.path)) for each in loaded.written),
        doubtful=frozenset(map(_absolute, doubtful)),
    )


def rules_look(paths: Iterable[Path]) -> tuple[tuple[object, ...], ...]:
    """Something that is equal as long as these files and folders have not changed: names, times, sizes, inodes."""
    return tuple(found.look() for found in _found(paths))


class Watch:
    """Whether files have changed since they were read; `look` is `rules_look` of them."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look
        self._read: object = None
        self._last: object = None

    def note(self) -> None:
        """They are about to be read."""
        self._read = self._look()

    def changed(self) -> bool:
        """Whether they look other than when they were read, and as at the last look: editors write in steps."""
        seen = self._look()
        settled, self._last = seen == self._last, seen
        return settled and seen != self._read


def load_catalog(path: Path | None) -> Catalog:
    """The catalogue of a file, or the one that ships; raises CatalogError with every problem."""
    if path is None:
        return shipped()
    try:
        text = _text(path)
    except ProblemsError as error:
        raise CatalogError(error.problems) from None
    return parsed_catalog(text, _shown(path))


@dataclass(frozen=True, slots=True)
class _Found:
    """A rule file, or a path that holds none because of `problem`."""

    path: Path
    problem: Problem | None = None

    def text(self) -> str:
        """What is in it; raises ProblemsError."""
        if self.problem is not None:
            raise ProblemsError((self.problem,))
        return _text(self.path)

    def look(self) -> tuple[object, ...]:
        """Equal as long as it has not changed."""
        try:
            stat = self.path.stat()
        except OSError as error:
            return (self.path, error.errno)
        return (self.path, self.problem, stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _found(paths: Iterable[Path]) -> Iterator[_Found]:
    """Files named, and those below folders named, in order; what begins with a dot is an editor's, not a rule file."""
    for path in paths:
        if not _is_folder(path):
            yield _Found(path)
            continue
        unread: list[_Found] = []
        inside = sorted(_below(path, unread))
        yield from (*map(_Found, inside), *unread)
        if not (inside or unread):
            yield _Found(path, Problem(_shown(path), 0, 0, "no rule files in this folder", "expected *.yaml"))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # reading it will say why


def _below(folder: Path, unread: list[_Found]) -> Iterator[Path]:
    """Rule files below a folder, not those in `tests`; folders that can not be read are appended to `unread`."""

    def note(error: OSError) -> None:
        path = Path(error.filename)
        unread.append(_Found(path, Problem(_shown(path), 0, 0, f"can not be read: {error.strerror}")))

    for inside, folders, files in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if name != _TESTS and not name.startswith(".")]
        yield from (Path(inside, name) for name in files if name.endswith(".yaml") and not name.startswith("."))


def _found_tests(path: Path) -> Iterator[_Found]:
    if not _is_folder(path):
        yield _Found(path)
        return
    below = path if path.resolve().name != _TESTS else path.parent
    tests = [found for found in sorted(path.rglob("*.yaml")) if _TESTS in found.relative_to(below).parts[:-1]]
    if not tests:
        problem = Problem(_shown(path), 0, 0, "no rule tests in this folder", f"expected *.yaml in a folder {_TESTS}")
        yield _Found(path, problem)
    yield from map(_Found, tests)


def _text(path: Path) -> str:
    """Raises ProblemsError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ProblemsError((Problem(_shown(path), 0, 0, f"is larger than {_LARGEST:,} bytes"),))
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProblemsError((Problem(_shown(path), 0, 0, f"can not be read: {error.strerror}"),)) from None
    except UnicodeDecodeError as error:
        problem = Problem(_shown(path), 0, 0, f"byte {error.start + 1} is not UTF-8", "save the file as UTF-8")
        raise ProblemsError((problem,)) from None


def _absolute(path: str) -> str:
    """The same from wherever it is said."""
    return os.path.normpath(Path(path).absolute())


def _shown(path: Path) -> str:
    """As short as it can be said from here."""
    here = os.path.relpath(path)
    return str(path) if here.startswith(os.pardir) else here
