"""Fakes for whoever tests against this program or changes it: real servers on the loopback interface.

`FakeSlack` is a Slack that remembers what it was sent; faults come by script (`fail`) or by seeded `Chance`.
"""

from monitor.testing.faults import BROKEN, CUT, LOST, Chance, Fault, busy, refused, slow
from monitor.testing.messages import Message
from monitor.testing.people import JANE, Person
from monitor.testing.slack import Call, FakeSlack

__all__ = [
    "BROKEN",
    "CUT",
    "JANE",
    "LOST",
    "Call",
    "Chance",
    "FakeSlack",
    "Fault",
    "Message",
    "Person",
    "busy",
    "refused",
    "slow",
]
