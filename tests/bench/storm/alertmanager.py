"""Alertmanager in a storm: its alerts come as Prometheus sends them, all of them and every so often."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.testing import FakeSlack
from tests.bench.storm.channel import ALERTS, ENDED
from tests.peers.process import Server

BINARY = Path.home() / ".cache/monitor-servers/alertmanager-0.28.1/alertmanager"
_ENDS = timedelta(minutes=4)  # Prometheus: four times the interval of evaluation
_CONFIG = """\
route:
  receiver: slack
  group_by: [{group}]
{waits}receivers:
  - name: slack
    slack_configs:
      - channel: C00000001
        api_url: {address}
        send_resolved: true
        title: '[{{{{ .Status | toUpper }}}}:{{{{ len .Alerts }}}}]'
        text: "{{{{ range .Alerts }}}}{{{{ .Status }}}} {{{{ .Labels.model }}}}\\n{{{{ end }}}}"
{token}"""


@dataclass
class Alertmanager:
    """Version 0.28.1. `each`: a group for each model, else one. `waits`: its timings in its own words."""

    folder: Path
    slack: FakeSlack
    each: bool
    webhook: bool = False
    waits: Mapping[str, str] = field(default_factory=dict)
    _firing: Mapping[int, datetime] = field(default_factory=dict)
    _ended: Mapping[int, datetime] = field(default_factory=dict)
    _server: Server = field(init=False)

    def start(self) -> None:
        """Return when it answers."""
        self.folder.mkdir(parents=True)
        (self.folder / "config.yaml").write_text(self._config())
        command = (
            str(BINARY),
            f"--config.file={self.folder / 'config.yaml'}",
            f"--storage.path={self.folder / 'data'}",
            "--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        )
        self._server = Server(command, self.folder / "server", "/-/ready")
        self._server.start()

    def fire(self) -> None:
        """Every alert begins."""
        self._firing = dict.fromkeys(range(ALERTS), datetime.now(UTC))
        self.keep()

    def end(self) -> None:
        """A part of them is over."""
        self._ended = dict.fromkeys(range(ENDED), datetime.now(UTC))
        self.keep()

    def keep(self) -> None:
        """Send all again, as Prometheus does: it keeps nothing over a kill that nobody sends again."""
        request = urllib.request.Request(  # noqa: S310 - the loopback interface
            f"{self._server.url}/api/v2/alerts",
            json.dumps(list(self._alerts())).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()

    def kill(self) -> None:
        """As a power cut does, and start again."""
        self._server.kill()
        self._server.start()
        self.keep()

    def stop(self) -> None:
        """End it."""
        self._server.kill()

    def _alerts(self) -> Iterator[Mapping[str, object]]:
        for number, began in self._firing.items():
            ends = self._ended.get(number, datetime.now(UTC) + _ENDS)
            labels = {"alertname": "Dear", "model": f"lab/m{number:03}"}
            yield {"labels": labels, "startsAt": began.isoformat(), "endsAt": ends.isoformat()}

    def _config(self) -> str:
        credentials = f"        http_config: {{authorization: {{credentials: {self.slack.token}}}}}\n"
        return _CONFIG.format(
            group="model" if self.each else "alertname",
            waits="".join(f"  {name}: {value}\n" for name, value in self.waits.items()),
            address=self.slack.hook() if self.webhook else f"{self.slack.api}chat.postMessage",
            token="" if self.webhook else credentials,
        )
