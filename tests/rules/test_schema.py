"""rules.schema.json against the program: committed as generated, and of one mind with the loader about every rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from monitor.model.quantity import hold, quantity, span
from monitor.rules.conditions import kinds
from monitor.rules.document import OPTIONS
from monitor.rules.load import load
from monitor.rules.schema import conditions, schema
from monitor.rules.shapes import AMOUNT, HOLD, PART, SPAN
from tests.docs.test_rules_manual import RULES, Block

FOLDER = Path(__file__).parents[2] / "rules"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
FILE = "groups:\n  - name: g\n    every: day\n    rules:\n      - alert: A\n        watch: sum(tokens)\n"


class _Core(yaml.SafeLoader):
    """YAML 1.2 as editors read it: no dates, and only `true` and `false` are booleans."""


_OLD = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
_Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag not in _OLD]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Core.add_implicit_resolver(_OLD[1], re.compile(r"^(?:true|false)$"), list("tf"))


def faults(text: str) -> list[str]:
    """What an editor would underline."""
    document = yaml.load(text, _Core)  # noqa: S506 - a SafeLoader, only with fewer words
    return [fault.message for fault in Draft202012Validator(schema()).iter_errors(document)]


def test_it_is_committed_as_it_is_generated() -> None:
    """Law: rules/rules.schema.json is what `monitor schema` prints; after a change: monitor schema > that file."""
    assert json.loads((FOLDER / "rules.schema.json").read_text(encoding="utf-8")) == schema()


def test_it_is_a_schema() -> None:
    """Law: it is sound in its own dialect."""
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_rules_that_ship_are_valid_and_name_it(path: Path) -> None:
    """Law: the first line of every shipped file tells editors where the schema is."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./rules.schema.json\n")
    assert faults(text) == []


@pytest.mark.parametrize("block", RULES, ids=lambda block: block.where)
def test_every_rule_of_the_manual_is_valid(block: Block) -> None:
    """Law: what the manual shows is not underlined."""
    assert faults(block.file) == []


WRONG = {
    "no groups": "rules: []",
    "no bar": FILE.replace("    every: day\n", "") + "        above: 1\n",
    "another bar": FILE.replace("day", "fortnight") + "        above: 1\n",
    "no condition": FILE,
    "two conditions": FILE + "        above: 1\n        below: 2\n",
    "unknown condition": FILE + "        abov: 1\n",
    "unknown option": FILE + "        above: 1\n        forr: 2 bars\n",
    "a name with a blank": FILE.replace("alert: A", "alert: A B") + "        above: 1\n",
    "nothing watched": FILE.replace("sum(tokens)", "") + "        above: 1\n",
    "no rules": "groups:\n  - {name: g, every: day, rules: []}\n",
    "a list as limit": FILE + "        above: [1, 2]\n",
    "a move without a part": FILE + "        rises: 5\n",
    "a move that is no number": FILE + "        rises: twenty\n",
    "no place": FILE + "        enters_top: 0\n",
    "half a place": FILE + "        enters_top: 1.5\n",
    "appears false": FILE + "        appears: false\n",
    "no span": FILE + "        new_high: ever\n",
    "no length": FILE + "        above: 1\n        for: long\n",
    "margin without a number": FILE + "        crosses_above: 1\n        margin: some\n",
    "against nothing": FILE + "        rises: 5%\n        against: yesterday\n",
    "two conditions in clear": FILE + "        above: 1\n        clear: {above: 1, below: 2}\n",
    "an option in clear": FILE + "        above: 1\n        clear: {below: 1, labels: {}}\n",
    "unknown in clear": FILE + "        above: 1\n        clear: {belo: 1}\n",
    "a list of texts": FILE + "        above: 1\n        annotations: [summary]\n",
    "a nested label": FILE + "        above: 1\n        labels: {a: {b: c}}\n",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_underlined(text: str) -> None:
    """Law: what the schema refuses, the program refuses too."""
    assert faults(text)
    assert load([("a.yaml", text)]).problems


def test_an_unknown_severity_is_underlined() -> None:
    """Case: the program only warns of it."""
    assert faults(FILE + "        above: 1\n        labels: {severity: bad}\n")


def test_every_condition_tells_its_shape() -> None:
    """Law: no condition is left with the shape of anything at all."""
    shapes = conditions(kinds())
    assert [key for key, shape in shapes.items() if not shape.get("description")] == []


def test_every_key_has_words_and_examples() -> None:
    """Law: hovering over a key says what it means, and what can be written."""
    properties = list(_properties(schema()["$defs"]))
    assert {*OPTIONS, *kinds().builds} <= {name for name, _ in properties}
    lacking = [name for name, shape in properties if not shape.get("description")]
    assert lacking == []
    assert [name for name, shape in properties if name not in ("match", "rules") and not shape.get("examples")] == []


def _properties(node: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every property of the defined parts, whatever they are nested in."""
    inner = node.get("properties") if isinstance(node, Mapping) else None
    yield from inner.items() if isinstance(inner, Mapping) else ()
    for each in node.values() if isinstance(node, Mapping) else ():
        yield from _properties(each)


def test_examples_are_valid() -> None:
    """Law: each example is of the shape that it stands beside."""
    whole = schema()
    for _, shape in _properties(whole["$defs"]):
        if "$ref" not in shape:
            examples = shape.get("examples")
            for example in examples if isinstance(examples, list) else ():
                Draft202012Validator({**shape, "$defs": whole["$defs"]}).validate(example)


WRITTEN = (
    *(
        "12",
        "1%",
        "0.5 %",
        "2 points",
        "1 point",
        "350B",
        "2.5T",
        "$0.44",
        "$ 1",
        "-3",
        "+2",
        ".5",
        "1.",
        "",
        "x",
        "1 2",
    ),
    *(
        "2 bars",
        "1 bar",
        "3d",
        "24h",
        "90m",
        "2w",
        "7 d",
        "0d",
        "7y",
        "2 bar s",
        "bars",
        " 3d ",
        "$1%",
        "1k",
        "1K",
        "1KB",
    ),
)


@pytest.mark.parametrize("text", WRITTEN)
def test_patterns_are_of_one_mind_with_the_readers(text: str) -> None:
    """Law: a pattern takes what the program reads; only of zero it does not know."""
    assert bool(re.search(AMOUNT, text)) == _reads(quantity, text)
    assert bool(re.search(SPAN, text)) == (_reads(span, text) or text == "0d")
    assert bool(re.search(HOLD, text)) == (_reads(hold, text) or text == "0d")
    part = _reads(quantity, text) and quantity(text).is_ratio
    assert bool(re.search(PART, text)) == part


def _reads(reader: object, text: str) -> bool:
    assert callable(reader)
    try:
        reader(text)
    except ValueError:
        return False
    return True
