#!/bin/sh
# Makes .env beside it: random passwords, for the owner's eyes only. What is there already is not touched.
set -eu
cd "$(dirname "$0")"
umask 077
random() { LC_ALL=C tr -dc 'A-Za-z0-9' < /dev/urandom | head -c 40; }

if [ -e .env ]; then
    echo "secrets.sh: deploy/.env is there already and stays as it is" >&2
    exit 1
fi
cat > .env <<END
# Read by docker compose. InfluxDB keeps the first two from its first start on: changing them here alone locks you out.
INFLUXDB_PASSWORD=$(random)
INFLUXDB_TOKEN=$(random)
GRAFANA_PASSWORD=$(random)
# Any OpenRouter API key, for usage. Yours goes here:
OPENROUTER_KEY=
END
echo "secrets.sh: wrote deploy/.env; put your OpenRouter key into it"
