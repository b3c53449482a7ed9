#!/usr/bin/env python3
"""Sets an empty InfluxDB 2.7 up and leaves a token that may only read its bucket. Again it changes nothing.

Secrets come from files, and go into bodies and headers of requests: none is ever an argument.
"""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any

USER = "admin"


def main() -> None:
    """Take the places from the environment, as the monitor does; raises HTTPError with what the server says."""
    secrets = Path(os.environ.get("SECRETS", "/run/secrets"))
    reading = Path(os.environ.get("READING", "/reading")) / "token"
    token = (secrets / "influxdb__token").read_text(encoding="utf-8").strip()
    org, bucket = (os.environ[f"MONITOR_INFLUXDB__{name}"] for name in ("ORG", "BUCKET"))
    if ask("/api/v2/setup")["allowed"]:
        password = (secrets / "influxdb_password").read_text(encoding="utf-8").strip()
        ask(
            "/api/v2/setup", body={"username": USER, "password": password, "org": org, "bucket": bucket, "token": token}
        )
    if not reading.exists():
        written = reading.with_name("token.new")
        written.write_text(read_token(bucket, token), encoding="utf-8")
        written.replace(reading)


def read_token(bucket: str, token: str) -> str:
    """A new token that may read this bucket and do nothing else."""
    (found,) = ask(f"/api/v2/buckets?name={bucket}", token)["buckets"]
    place = {"type": "buckets", "id": found["id"], "orgID": found["orgID"]}
    wanted = {"description": "Grafana", "orgID": found["orgID"]}
    permissions = [{"action": "read", "resource": place}]
    return str(ask("/api/v2/authorizations", token, {**wanted, "permissions": permissions})["token"])


def ask(path: str, token: str = "", body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
    """What the server answers; with a body it is a POST."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Token {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    address = os.environ["MONITOR_INFLUXDB__URL"] + path
    request = urllib.request.Request(address, data, headers)  # noqa: S310 - our own server
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
