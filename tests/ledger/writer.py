"""A process that writes until it is killed and says what is committed: `python -m tests.ledger.writer PATH N`."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from monitor.ledger import Ledger
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.transition import Phase, State
from tests.ledger.values import START, notification, transition, usage


def main() -> None:
    """Learn, judge and owe, step after step from N on, and print the number of each step that is committed."""
    step = int(sys.argv[2])
    with Ledger.open(Path(sys.argv[1])) as ledger:
        while True:
            at = START + timedelta(hours=step)
            ledger.learn(usage(at, {(f"{step}-{model}", START): float(step) for model in range(20)}, sealed=at))
            change = transition(episode=step)
            states = {Labels.of(model=str(number)): State(Phase.FIRING, step) for number in range(20)}
            judgement = Judgement("PriceCut", "openrouter", step, states, (change,))
            ledger.record([judgement], [notification(str(step), "slack", change)], at=at)
            print(step, flush=True)  # noqa: T201 - read by the test that kills it
            step += 1


if __name__ == "__main__":
    main()
