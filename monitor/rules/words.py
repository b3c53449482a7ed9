"""What to say of a word that means nothing here."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like it, or else all of them."""
    choices = sorted(set(known))
    near = get_close_matches(word, choices, 1, 0.6)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(choices)}"
