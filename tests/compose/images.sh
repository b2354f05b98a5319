#!/usr/bin/env bash
# Builds the images that docker-compose.yml names and this machine cannot pull, from Debian's packages and the Go toolchain that is here, under the same names. They stand in
# for the official ones as far as Guanxi uses those. An image that is there already is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=tests/compose/standin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

there() { docker image inspect "$1" >/dev/null 2>&1; }
# pulled tries the real one; where no registry is reached this fails at once or soon.
pulled() { timeout "${PULL_WITHIN:-60}" docker pull --quiet "$1" >/dev/null 2>&1; }

need() {
	command -v "$1" >/dev/null && return
	if ((EUID != 0)); then
		echo "Missing: $2. Install it, or let docker pull the images." >&2
		exit 1
	fi
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

# libraries copies what a program links dynamically, if anything, into a root.
libraries() {
	{ ldd "$1" 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' || true; } | sort -u | xargs -r -I{} cp --parents {} "$2"
}

golang() {
	need busybox busybox-static
	mkdir -p "$work/go"/{bin,usr/local,etc/ssl/certs,tmp,root}
	cp "$(command -v busybox)" "$work/go/bin/busybox"
	for tool in sh mkdir cat ls rm cp; do ln "$work/go/bin/busybox" "$work/go/bin/$tool"; done
	cp -r "$(go env GOROOT)" "$work/go/usr/local/go"
	cp /etc/ssl/certs/ca-certificates.crt "$work/go/etc/ssl/certs/"
	libraries "$(go env GOROOT)/bin/go" "$work/go"
	printf 'FROM scratch\nCOPY . /\nENV PATH=/usr/local/go/bin:/bin GOROOT=/usr/local/go GOPATH=/go HOME=/root GOTOOLCHAIN=local GOPROXY=%s GOSUMDB=%s\n' \
		"$(go env GOPROXY)" "$(go env GOSUMDB)" >"$work/Dockerfile"
	docker build --quiet -t "$1" -f "$work/Dockerfile" "$work/go"
}

nats() {
	need busybox busybox-static
	mkdir -p "$work/nats"/{bin,data,tmp,usr/local/bin}
	CGO_ENABLED=0 go build -trimpath -o "$work/nats/usr/local/bin/nats-server" github.com/nats-io/nats-server/v2
	cp "$(command -v busybox)" "$work/nats/bin/busybox"
	for tool in sh wget; do ln "$work/nats/bin/busybox" "$work/nats/bin/$tool"; done
	printf 'FROM scratch\nCOPY . /\nENV PATH=/usr/local/bin:/bin\nENTRYPOINT ["nats-server"]\n' >"$work/Dockerfile"
	docker build --quiet -t "$1" -f "$work/Dockerfile" "$work/nats"
}

postgres() {
	need debootstrap debootstrap
	debootstrap --variant=minbase --include=postgresql,gosu bookworm "$work/pg" >/dev/null
	rm -rf "$work/pg"/{var/cache/apt,var/lib/apt/lists,usr/share/doc,usr/share/man,usr/share/locale,var/lib/postgresql,etc/postgresql}
	mkdir -p "$work/pg/var/lib/postgresql"
	install -m 755 "$here/postgres.sh" "$work/pg/usr/local/bin/docker-entrypoint.sh"
	cp "$here/postgres.Dockerfile" "$work/Dockerfile"
	docker build --quiet -t "$1" -f "$work/Dockerfile" "$work/pg"
}

prom/prometheus() {
	need prometheus prometheus
	mkdir -p "$work/prometheus"/{bin,etc/prometheus,prometheus,tmp,usr/share}
	cp "$(command -v prometheus)" "$work/prometheus/bin/prometheus"
	cp -rL /usr/share/prometheus "$work/prometheus/usr/share/"
	libraries "$(command -v prometheus)" "$work/prometheus"
	printf 'FROM scratch\nCOPY --chown=65534:65534 . /\nUSER 65534:65534\nVOLUME /prometheus\nENTRYPOINT ["/bin/prometheus"]\n' >"$work/Dockerfile"
	docker build --quiet -t "$1" -f "$work/Dockerfile" "$work/prometheus"
}

for image in golang:1.26-bookworm nats:2.15-alpine postgres:15-bookworm prom/prometheus:v3.5.0; do
	there "$image" || pulled "$image" || { echo "standing in for $image"; "${image%%:*}" "$image"; }
done
