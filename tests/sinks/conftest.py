"""Real servers are shared with other tests; a fixture has to be imported to be found."""

from tests.servers import influxdb_1, influxdb_1_auth, influxdb_1_server

__all__ = ["influxdb_1", "influxdb_1_auth", "influxdb_1_server"]
