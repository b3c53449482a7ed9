#!/usr/bin/env bash
# Gets the real servers that tests run against; those that are there already cost nothing. `make servers` calls it.
# InfluxDB and Prometheus are built with Go (a quarter of an hour on two cores, of which InfluxDB 2.7 with its Rust parts
# takes half), VictoriaMetrics comes from Debian. Arguments name those to get: victoria-metrics, influxdb-1, prometheus,
# influxdb-2; without any, all of these. alertmanager (a minute) is for a benchmark alone and has to be named.
set -euo pipefail

cache="$HOME/.cache/monitor-servers"
influxdb_1=1.8.10
influxdb_2=2.7.12
influxdb_2_sum=h1:m25dUSO7h6nm3zFC4v/aCNeFFmnN/mlN/uPo1T63bmk= # what it needs is pinned by its own go.sum and Cargo.lock
pkg_config=v0.2.7 # the program that builds InfluxDB's Rust parts
prometheus=3.5.0 # its Go module is v0.305.0
alertmanager=0.28.1 # later ones can not be built without files of their web page that are no part of the module

say() { printf 'servers: %s\n' "$*"; }
complain() { say "$*" >&2; }
quietly() { # what a command says is only worth reading when it fails
    local said
    said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; return 1; }
}
scratch() { # a folder that is gone when this shell ends
    local folder
    folder=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder is known now
    trap "rm -rf '$folder'" EXIT
    cd "$folder"
}

get_victoria_metrics() {
    if command -v vmalert >/dev/null && command -v victoria-metrics >/dev/null; then return; fi
    if ((EUID)); then
        complain "victoria-metrics is missing and only root can install it: apt-get install victoria-metrics"
        return 1
    fi
    say "installing victoria-metrics"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends victoria-metrics >/dev/null
}

get_influxdb_1() {
    local into="$cache/influxdb-$influxdb_1"
    if [[ -x $into/influxd ]]; then return; fi
    say "building InfluxDB $influxdb_1 into $into"
    GOBIN="$into" quietly go install "github.com/influxdata/influxdb/cmd/influxd@v$influxdb_1"
}

get_influxdb_2() {
    local into="$cache/influxdb-$influxdb_2" found
    if [[ -x $into/influxd ]]; then return; fi
    for tool in cargo cc pkg-config; do
        if ! command -v "$tool" >/dev/null; then
            complain "InfluxDB $influxdb_2 needs $tool; on Debian: apt-get install gcc pkg-config; cargo 1.72 or newer comes with rustup"
            return 1
        fi
    done
    say "building InfluxDB $influxdb_2 into $into"
    scratch
    quietly go mod download -json "github.com/influxdata/influxdb/v2@v$influxdb_2"
    found=$(go mod download -json "github.com/influxdata/influxdb/v2@v$influxdb_2")
    if [[ $found != *"\"Sum\": \"$influxdb_2_sum\""* ]]; then
        complain "InfluxDB $influxdb_2: expected the module with the sum $influxdb_2_sum, got: $found"
        return 1
    fi
    GOBIN="$PWD" quietly go install "github.com/influxdata/pkg-config@$pkg_config"
    # Its code is older than the compiler: new lints are errors there, and the toolchain it asks for is not needed.
    printf '#!/bin/sh\nexec "$@" --cap-lints warn\n' >rustc
    chmod +x rustc
    export PKG_CONFIG="$PWD/pkg-config" RUSTC_WRAPPER="$PWD/rustc"
    if command -v rustup >/dev/null; then
        RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-$(rustup show active-toolchain | cut -d' ' -f1)}
        export RUSTUP_TOOLCHAIN
    fi
    # Without its user interface, which is not part of the module; the API is complete.
    cd "$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$found")"
    quietly go build -tags sqlite_foreign_keys,sqlite_json -ldflags "-s -w -X main.version=v$influxdb_2" \
        -o "$into/influxd" ./cmd/influxd
}

get_prometheus() {
    local into="$cache/prometheus-$prometheus" version=github.com/prometheus/common/version
    if [[ -x $into/promtool && -x $into/prometheus ]]; then return; fi
    say "building Prometheus $prometheus into $into"
    scratch
    # `go install …@version` refuses a module with a replace, so it is built from a module with the same one.
    quietly go mod init servers.test
    go mod edit -replace github.com/fsnotify/fsnotify@v1.8.0=github.com/fsnotify/fsnotify@v1.7.0
    quietly go get -tool github.com/prometheus/prometheus/cmd/{prometheus,promtool}@v0.305.0
    GOBIN="$into" go install -ldflags "-X $version.Version=$prometheus" tool
}

get_alertmanager() {
    local into="$cache/alertmanager-$alertmanager"
    if [[ -x $into/alertmanager ]]; then return; fi
    say "building Alertmanager $alertmanager into $into"
    GOBIN="$into" quietly go install "github.com/prometheus/alertmanager/cmd/alertmanager@v$alertmanager"
}

command -v go >/dev/null || { complain "go is missing; on Debian: apt-get install golang-go"; exit 1; }
(($#)) || set -- victoria-metrics influxdb-1 prometheus influxdb-2
for name in "$@"; do
    case "$name" in
        victoria-metrics | influxdb-1 | influxdb-2 | prometheus | alertmanager) (set -e; "get_${name//-/_}") ;;
        *) complain "$name is none of victoria-metrics, influxdb-1, prometheus, influxdb-2, alertmanager"; exit 1 ;;
    esac
done
