"""A dictionary that works out what it is asked for the first time and remembers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Memo(dict[_Key, _Value]):
    """`memo[key]` is `work_out(key)`, worked out once; what it raises is not remembered."""

    def __init__(self, work_out: Callable[[_Key], _Value]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: _Key) -> _Value:
        value = self[key] = self._work_out(key)
        return value
