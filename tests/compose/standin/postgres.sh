#!/bin/bash
# What the official image's entry point does, as far as docker-compose.yml relies on it: set the database up on its first start, with a password from a file, run the scripts
# put beside it, and run the server as its own user.
set -euo pipefail
export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH" PGDATA=/var/lib/postgresql/data
if [[ $(id -u) == 0 ]]; then
	mkdir -p "$PGDATA" /var/run/postgresql
	chown postgres: "$PGDATA" /var/run/postgresql
	exec gosu postgres "$0" "$@"
fi
if [[ ! -s $PGDATA/PG_VERSION ]]; then
	read -ra options <<<"${POSTGRES_INITDB_ARGS:-}"
	initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" "${options[@]}"
	printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
	pg_ctl -w start -o "-c listen_addresses=''"
	for script in /docker-entrypoint-initdb.d/*.sql; do
		psql -v ON_ERROR_STOP=1 --username=postgres --no-password --dbname=postgres -f "$script"
	done
	pg_ctl -m fast -w stop
fi
exec "$@" -c listen_addresses='*'
