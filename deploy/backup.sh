#!/usr/bin/env bash
# Writes one backup: every database as the dump role, then the files, then a list
# of checksums. A backup without the list is not whole. Keeps the newest ones.
set -euo pipefail

dir=${MEKTEP_BACKUP_DIR:?folder for the backups}
keep=${MEKTEP_BACKUP_KEEP:-14}
files=${MEKTEP_FILES_DIR:-}
# One DSN, or several separated by blanks where ministries are placed in several databases.
read -r -a dsns <<<"${MEKTEP_DUMP_DSN:?PostgreSQL, as mektep_dump}"

umask 077
now=$(date -u +%Y%m%dT%H%M%SZ)
part=$dir/$now.part
mkdir -p "$part"
trap 'rm -rf "$part"' EXIT

n=0
for dsn in "${dsns[@]}"; do
  n=$((n + 1))
  pg_dump --format=custom --compress=6 --no-owner --lock-wait-timeout=60s --file="$part/database$n.dump" "$dsn"
  # What cannot be listed cannot be restored.
  pg_restore --list "$part/database$n.dump" >/dev/null
done
# After the databases: a file that a row names is then there, too many do no harm.
if [ -n "$files" ] && [ -d "$files" ]; then
  tar --create --gzip --file="$part/files.tar.gz" --directory="$files" .
fi
(cd "$part" && sha256sum -- * >SHA256SUMS)
sync
mv "$part" "$dir/$now"
trap - EXIT

# The newest stay; only folders of our own naming are ever removed.
find "$dir" -mindepth 1 -maxdepth 1 -type d -name '????????T??????Z' | sort -r | tail -n "+$((keep + 1))" | while read -r old; do
  rm -rf -- "$old"
done
echo "backup $dir/$now"
