#!/usr/bin/env bash
# Has the compose tool read docker-compose.yml, by itself and with each overlay. It needs no engine for that.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

compose=(docker compose)
docker compose version >/dev/null 2>&1 || compose=(docker-compose)
if ! command -v "${compose[0]}" >/dev/null; then
	echo 'Missing: docker-compose, which reads the files. Install it; no engine is needed.' >&2
	exit 1
fi
"${compose[@]}" -f docker-compose.yml config -q
for overlay in deploy/*/docker-compose.yml; do
	"${compose[@]}" -f docker-compose.yml -f "$overlay" config -q
	echo "docker-compose.yml is good with $overlay"
done
