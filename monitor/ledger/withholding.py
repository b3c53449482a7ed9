"""What receivers were not told, as long as it may yet be told or somebody must know that it never was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.dispatch.holding import Because, Hold, Withheld
from monitor.ledger.connection import Bound, Store
from monitor.ledger.encoding import labels_of, labels_text, transition_of_text, transition_text
from monitor.model.bar import DAY
from monitor.model.transition import EpisodeKey

_KEPT = 120 * DAY  # what is restated later than that is not judged anew from where it was
_OF_EPISODE = "receiver = ? AND alert = ? AND labels = ? AND episode = ?"


class Withholding(Store):
    """Transitions by receiver."""

    def add(self, withheld: Iterable[Withheld]) -> None:
        """Hold these back."""
        self._connection.execute_many(
            "INSERT INTO withheld (receiver, alert, labels, episode, kind, transition, because, key, words, since)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    each.receiver,
                    each.transition.alert,
                    labels_text(each.transition.labels),
                    each.transition.episode,
                    each.transition.kind.value,
                    transition_text(each.transition),
                    each.hold.because.value,
                    each.hold.key,
                    each.hold.words,
                    each.since,
                )
                for each in withheld
            ),
        )

    def waiting(self) -> list[Withheld]:
        """What may yet be told, in the order in which it was held back."""
        rows = self._connection.rows(
            "SELECT receiver, transition, because, key, words, since FROM withheld WHERE dropped = 0 ORDER BY seq"
        )
        return [
            Withheld(receiver, transition_of_text(text), Hold(Because(because), key, words), since)
            for receiver, text, because, key, words, since in rows
        ]

    def unheard(self) -> dict[tuple[str, EpisodeKey], Hold]:
        """By receiver and episode whose beginning it was not told: why not."""
        rows = self._connection.rows(
            "SELECT receiver, alert, labels, episode, because, key, words FROM withheld WHERE kind = 'firing'"
        )
        return {
            (receiver, EpisodeKey(alert, labels_of(labels), start)): Hold(Because(because), key, words)
            for receiver, alert, labels, start, because, key, words in rows
        }

    def told(self, episodes: Sequence[tuple[str, EpisodeKey]]) -> None:
        """These were told to these receivers after all."""
        self._connection.execute_many(f"DELETE FROM withheld WHERE {_OF_EPISODE}", map(_bound, episodes))  # noqa: S608

    def drop(self, episodes: Sequence[tuple[str, EpisodeKey]]) -> None:
        """These never will be."""
        self._connection.execute_many(
            f"UPDATE withheld SET dropped = 1 WHERE {_OF_EPISODE}",  # noqa: S608
            map(_bound, episodes),
        )

    def forget(self, at: int) -> None:
        """Remember nothing of what was dropped so long before `at` that nothing will be said of it any more."""
        self._connection.execute("DELETE FROM withheld WHERE dropped = 1 AND since < ?", (at - _KEPT,))


def _bound(heard: tuple[str, EpisodeKey]) -> tuple[Bound, ...]:
    receiver, episode = heard
    return receiver, episode.alert, labels_text(episode.labels), episode.start
