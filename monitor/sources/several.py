"""Several answers of one poll as one: what is learnt of them is learnt together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from monitor.sources import bodies
from monitor.sources.fetch import Body


def joined(answers: Sequence[Body]) -> Body:
    """All of them: fetched when the last was, the bodies as `bodies.joined` puts them, the digest one of their digests.

    A single one stays as it is.
    """
    if len(answers) == 1:
        return answers[0]
    digests = "".join(answer.digest for answer in answers)
    return Body(
        body=bodies.joined([answer.body for answer in answers]),
        digest=hashlib.sha256(digests.encode()).hexdigest(),
        not_modified=False,
        fetched_at=answers[-1].fetched_at,
    )
