#!/usr/bin/env bash
# Writes one backup: every database as the dump role, then the files, then a list
# of checksums. A backup without the list is not whole. Keeps the newest ones.
# The settings are those of systemd/backup.env.
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
die() {
  echo "backup.sh: $*; nothing was kept" >&2
  exit 1
}

n=0
for dsn in "${dsns[@]}"; do
  n=$((n + 1))
  pg_dump --format=custom --compress=6 --no-owner --lock-wait-timeout=60s --file="$part/database$n.dump" "$dsn" ||
    die "database $n of MEKTEP_DUMP_DSN could not be dumped by the account $(id -un)"
  # What cannot be listed cannot be restored.
  pg_restore --list "$part/database$n.dump" >/dev/null
done
# After the databases: a file that a row names is then there, too many do no harm.
if [ -n "$files" ]; then
  unread="the account $(id -un) cannot read all of $files, which belongs to the service: give it CAP_DAC_READ_SEARCH, as mektep-backup.service does"
  # 1: a file grew or went while it was packed. It is younger than the dump, which does not name it.
  LC_ALL=C tar --create --gzip --file="$part/files.tar.gz" --directory="$files" . || [ $? = 1 ] || die "$unread"
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
