"""How a story stands beside what changed in it: its mark in a header, and the words that say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.model.notification import Mood

MARKS: Mapping[Mood, str] = {Mood.ACKNOWLEDGED: "✋", Mood.SILENCED: "🔕", Mood.FLAPPING: "🔁"}
WORDS: Mapping[Mood, str] = {
    Mood.ACKNOWLEDGED: "acknowledged: nothing more is said of it, unless it becomes graver",
    Mood.SILENCED: "silenced: nothing is said of it for a while",
    Mood.FLAPPING: "flapping: it comes and goes too often to tell of each time",
}
