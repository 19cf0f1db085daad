#!/usr/bin/env bash
# Restores one backup: its databases into empty ones, its files into an empty folder.
#
#   restore.sh BACKUP FILES DSN [DSN …]
#
#   BACKUP  folder of the backup
#   FILES   the service's folder of files, or - to leave files alone
#   DSN     an empty database for each in the backup, in the order of MEKTEP_DUMP_DSN;
#           - leaves that one alone. As a superuser: row-level security binds the owner too.
#
# Run it as root. The databases are entered by another account of the machine, the
# superuser of PostgreSQL, and the files are given to the service's:
#
#   MEKTEP_RESTORE_AS=postgres          empty: nobody else, the DSN names role and password
#   MEKTEP_FILES_OWNER=mektep:mektep    account and group of the service
#
# Everything that can be asked beforehand is, and nothing is begun before all of it holds.
set -euo pipefail

[ $# -ge 3 ] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
backup=$1 files=$2
shift 2
as=${MEKTEP_RESTORE_AS-postgres}
owner=${MEKTEP_FILES_OWNER-mektep:mektep}

die() {
  echo "restore.sh: $*" >&2
  exit 1
}
# enter runs a program of PostgreSQL as the account that is let in. What it reads is
# opened by this one: nobody else needs to see the backup.
enter() {
  if [ -n "$as" ] && [ "$(id -un)" != "$as" ]; then
    (cd / && exec runuser -u "$as" -- "$@")
  else
    "$@"
  fi
}
ask() { enter psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname="$1" --command="$2"; }

if [ "$(id -u)" != 0 ] && { [ "$files" != - ] || { [ -n "$as" ] && [ "$(id -un)" != "$as" ]; }; }; then
  die "run this as root: it reads the backup, enters PostgreSQL by the account \"$as\" and gives the files to $owner"
fi
cd "$backup" || die "cannot read the backup $backup"
sha256sum --check --quiet SHA256SUMS || die "this backup is not whole"

have=(database*.dump)
[ ${#have[@]} = $# ] || die "this backup holds ${#have[@]} database(s), and $# were named: name one for each, or - to leave it alone"
n=0
for dsn in "$@"; do
  n=$((n + 1))
  [ "$dsn" != - ] || continue
  super=$(ask "$dsn" "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") ||
    die "cannot connect to database $n as the account \"${as:-$(id -un)}\" (MEKTEP_RESTORE_AS says as whom)"
  [ "$super" = t ] || die "database $n was entered by a role that is no superuser: row-level security would hold it back"
  [ "$(ask "$dsn" "SELECT count(*) FROM pg_roles WHERE rolname IN ('mektep_owner', 'mektep_service', 'mektep_dump')")" = 3 ] ||
    die "the cluster of database $n does not know Mektep's roles: run core/db/roles.sql first"
  [ "$(ask "$dsn" "SELECT count(*) FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname !~ '^pg_' AND s.nspname <> 'information_schema'")" = 0 ] ||
    die "database $n is not empty: restore into a fresh one"
done
if [ "$files" != - ]; then
  [ -f files.tar.gz ] || die "this backup holds no files: say - in place of the folder"
  id -u "${owner%%:*}" >/dev/null 2>&1 || [[ $owner =~ ^[0-9]+(:[0-9]+)?$ ]] || die "there is no account \"${owner%%:*}\" to give the files to (MEKTEP_FILES_OWNER says whom)"
  [ ! -e "$files" ] || [ -z "$(ls -A "$files")" ] || die "$files is not empty: move it away, or say - to leave the files alone"
fi

n=0
for dsn in "$@"; do
  n=$((n + 1))
  [ "$dsn" != - ] || continue
  enter pg_restore --exit-on-error --no-owner --role=mektep_owner --dbname="$dsn" <"database$n.dump" ||
    die "database $n is half restored: drop it, make it anew and begin again"
  ask "$dsn" ANALYZE
done
if [ "$files" != - ]; then
  mkdir -p "$files"
  tar --extract --gzip --file=files.tar.gz --directory="$files"
  chown -R "$owner" "$files"
  chmod 0700 "$files"
fi
echo "restored; now start the service, which migrates first, and then: mektep audit verify"
