"""Real servers are shared with other tests; a fixture has to be imported to be found."""

from tests.servers import (
    influxdb,
    influxdb_1,
    influxdb_1_auth,
    influxdb_1_server,
    influxdb_2,
    influxdb_2_server,
)

__all__ = [
    "influxdb",
    "influxdb_1",
    "influxdb_1_auth",
    "influxdb_1_server",
    "influxdb_2",
    "influxdb_2_server",
]
