#!/usr/bin/env bash
# Restores one backup into an empty database that belongs to mektep_owner, as a
# superuser (row-level security binds the owner too), and the files beside it:
#
#   restore.sh /var/backups/mektep/20261122T013000Z 'postgres:///mektep?host=/run/postgresql' /var/lib/mektep/files [number]
set -euo pipefail

backup=${1:?folder of the backup}
dsn=${2:?an empty database, as a superuser}
files=${3:-}
number=${4:-1}

(cd "$backup" && sha256sum --check --quiet SHA256SUMS)
if [ "$(psql --no-psqlrc --tuples-only --no-align "$dsn" --command="SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'platform')")" != 0 ]; then
  echo "the database is not empty: restore into a fresh one" >&2
  exit 1
fi
pg_restore --exit-on-error --no-owner --role=mektep_owner --dbname="$dsn" "$backup/database$number.dump"
psql --no-psqlrc --quiet "$dsn" --command=ANALYZE
if [ -n "$files" ] && [ -f "$backup/files.tar.gz" ]; then
  mkdir -p "$files"
  tar --extract --gzip --file="$backup/files.tar.gz" --directory="$files"
fi
echo "restored; now: mektep migrate, then mektep audit verify"
