from __future__ import annotations

import pytest

from monitor.errors import SourceError
from monitor.sources.answer import Place
from monitor.sources.json_path import beside, found, parsed

TREE: dict[str, object] = {
    "models": {"a/b": {"hosts": [{"name": "x", "usd": 1}, {"name": "y", "usd": None}]}, "c": {"hosts": []}, "d": {}},
    "rows": [{"k": 1}, {"k": 2}],
    "of.it": {"b c": 3},
    "plain": 4,
}


def root(value: object = TREE) -> Place:
    return Place("mine", "", value)


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("plain", [("plain", 4)]),
        ("rows[*].k", [("rows[0].k", 1), ("rows[1].k", 2)]),
        ('["of.it"]["b c"]', [("of.it.b c", 3)]),
        ("rows[*]@key", [("rows[0]@key", 0), ("rows[1]@key", 1)]),
        ("models[*]@key", [(f"models['{key}']@key", key) for key in ("a/b", "c", "d")]),
        (
            "models[*].hosts[*].usd",
            [("models['a/b'].hosts[0].usd", 1), ("models['a/b'].hosts[1].usd", None)],
        ),
        ("models[*].price", [(f"models['{key}'].price", None) for key in ("a/b", "c", "d")]),
        ("nothing[*].at.all", []),
        ("nothing.at.all", [("nothing.at.all", None)]),
    ],
)
def test_where_a_path_leads(path: str, places: list[tuple[str, object]]) -> None:
    """In order; what is missing on the way leads nowhere, what is missing at the end to no value."""
    assert [(place.path, place.value) for _, place in found(root(), parsed(path))] == places


def test_a_list_at_the_root() -> None:
    """A file may be a list."""
    assert [place.value for _, place in found(root([{"v": 1}, {"v": 2}]), parsed("[*].v"))] == [1, 2]


@pytest.mark.parametrize(
    ("path", "label", "values"),
    [
        ("models[*].hosts[*].usd", "models[*].hosts[*].name", ["x", "y"]),
        ("models[*].hosts[*].usd", "models[*]@key", ["a/b", "a/b"]),
        ("models[*].hosts[*].usd", "models[*].hosts[*]@key", [0, 1]),
        ("models[*].hosts[*].usd", "plain", [4, 4]),
        ("rows[*].k", "models.c.hosts", [[], []]),
    ],
)
def test_what_stands_beside_a_value(path: str, label: str, values: list[object]) -> None:
    """A path that shares its [*] with the value's leads to one place for each."""
    value, other = parsed(path), parsed(label)
    assert other.goes_with(value)
    assert [beside(root(), other, keys).value for keys, _ in found(root(), value)] == values


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("models[*].usd", "hosts[*].name"),
        ("models[*].usd", "models[*].hosts[*].name"),
        ("plain", "rows[*].k"),
        ("models[*].usd", "other.models[*].name"),
    ],
)
def test_a_label_of_other_members_does_not_go_with_a_value(path: str, label: str) -> None:
    """There would be several, or none that is meant."""
    assert not parsed(label).goes_with(parsed(path))


@pytest.mark.parametrize(
    ("path", "column", "rest"),
    [
        ("models[0].x", 7, "'[0].x'"),
        ("models..x", 7, "'..x'"),
        ("$.models", 1, "'$.models'"),
        ("*.models", 1, "'*.models'"),
        ("", 1, None),
        ("models[*]x", 10, "'x'"),
        ("models[*", 7, "'[*'"),
        ("a b", 2, "' b'"),
        ("models.x@key", 9, "'@key'"),
        ("models[*]@key.x", 10, "'@key.x'"),
        ("models[?(@.x>1)]", 7, "'[?(@.x>1)]'"),
        (".x", 1, "'.x'"),
        ("x.", 2, "'.'"),
    ],
)
def test_all_else_is_refused_with_its_column(path: str, column: int, rest: str | None) -> None:
    """No numbers, filters or descents, and no `$` in front."""
    with pytest.raises(ValueError, match="expected a name") as caught:
        parsed(path)
    assert rest is None or str(caught.value).endswith(f"at column {column}, which has {rest}")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("plain[*].x", "mine: plain: got 4, expected a list"),
        ("plain.x", "mine: plain: got 4, expected an object"),
        ("rows.k", "mine: rows: got a list of 2, expected an object"),
        ("models[*].hosts.name", "mine: models['a/b'].hosts: got a list of 2, expected an object"),
    ],
)
def test_a_path_through_something_else_is_told(path: str, told: str) -> None:
    """With the place at which it is otherwise."""
    with pytest.raises(SourceError) as caught:
        list(found(root(), parsed(path)))
    assert caught.value.message == told
