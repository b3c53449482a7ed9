#!/usr/bin/env bash
# Gets the real servers that tests run against; those that are there already cost nothing. `make servers` calls it.
# InfluxDB and Prometheus are built with Go (5 minutes on two cores), VictoriaMetrics comes from Debian.
set -euo pipefail

cache="$HOME/.cache/monitor-servers"
influxdb=1.8.10
prometheus=3.5.0 # its Go module is v0.305.0

say() { printf 'servers: %s\n' "$*"; }
quietly() { # what a command says is only worth reading when it fails
    local said
    said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; return 1; }
}

command -v go >/dev/null || { say "go is missing; on Debian: apt-get install golang-go" >&2; exit 1; }

if ! command -v vmalert >/dev/null || ! command -v victoria-metrics >/dev/null; then
    if ((EUID)); then
        say "victoria-metrics is missing and only root can install it: apt-get install victoria-metrics" >&2
        exit 1
    fi
    say "installing victoria-metrics"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends victoria-metrics >/dev/null
fi

into="$cache/influxdb-$influxdb"
if [[ ! -x $into/influxd ]]; then
    say "building InfluxDB $influxdb into $into"
    GOBIN="$into" quietly go install "github.com/influxdata/influxdb/cmd/influxd@v$influxdb"
fi

into="$cache/prometheus-$prometheus"
if [[ ! -x $into/promtool || ! -x $into/prometheus ]]; then
    say "building Prometheus $prometheus into $into"
    module=$(mktemp -d)
    trap 'rm -rf "$module"' EXIT
    cd "$module"
    # `go install …@version` refuses a module with a replace, so it is built from a module with the same one.
    quietly go mod init servers.test
    go mod edit -replace github.com/fsnotify/fsnotify@v1.8.0=github.com/fsnotify/fsnotify@v1.7.0
    quietly go get -tool github.com/prometheus/prometheus/cmd/{prometheus,promtool}@v0.305.0
    version=github.com/prometheus/common/version
    GOBIN="$into" go install -ldflags "-X $version.Version=$prometheus" tool
fi
