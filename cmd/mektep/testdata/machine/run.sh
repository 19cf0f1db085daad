#!/usr/bin/env bash
# A machine of namespaces, in which the README's commands run as they stand there:
# run.sh WORK, as root, in namespaces of its own (see machine_test.go). WORK holds
# src (the sources), sections (the README's code, a file a section) and the visitor.
set -euo pipefail
work=$1
trap 'rc=$?; echo "line $LINENO: rc $rc"; cat /var/log/mektep.service 2>/dev/null | tail -20' ERR

mount --make-rprivate /
ip link set lo up
for folder in /var /usr/local /run; do
  mkdir -p "$work/root$folder"
  mount --bind "$work/root$folder" "$folder"
done
cp -a /etc "$work/root/etc"
mount --bind "$work/root/etc" /etc
install -d /var/lib
install -d -o postgres -g postgres /var/lib/postgresql /var/log/postgresql /run/postgresql
install -d /usr/local/bin /usr/local/lib /var/lib /var/log /var/backups /etc/systemd/system
ln -s /run /var/run
for account in mektep mektep-owner mektep-backup; do userdel "$account" 2>/dev/null || true; done
export PATH=$work/machine:$PATH
version=$(basename "$(ls -d /usr/lib/postgresql/* | sort -V | tail -n 1)")
sed -i "s#postgresql/15/main#postgresql/$version/main#g" "$work"/sections/*

say() { echo "== $*"; }
section() {
  say "$1"
  . "$work/sections/$1"
}
refused() { # refused WORDS COMMAND…: it must fail, and say so
  local words=$1 out
  shift
  if out=$("$@" 2>&1); then echo "this passed: $*: $out"; exit 1; fi
  [[ $out == *"$words"* ]] || { echo "$*: said: $out"; echo "and not: $words"; exit 1; }
}

say "a cluster of the distribution"
rm -rf "/etc/postgresql/$version/main"
pg_createcluster "$version" main --port=5432 -- --no-sync >/dev/null
printf '%s\n' 'shared_buffers = 32MB' 'maintenance_work_mem = 64MB' 'fsync = off' >"/etc/postgresql/$version/main/conf.d/small.conf"
systemctl start postgresql.service

cd "$work/src"
section "A database"
section "With systemd"
section "The first operator and the first ministry" | tee "$work/links"
as_service() { systemd-run --pipe --wait --quiet --uid=mektep --gid=mektep -p EnvironmentFile=/etc/mektep/mektep.env /usr/local/bin/mektep "$@"; }
link() { grep -o 'https://.*/invitation/[^ ]*' "$work/links" | tail -n 1; }
"$work/visitor" "$(link)" b.person
# The ends of the trails of this day lie beside the files before the backup begins: a trail that
# begins after the service is written down with the next hour, or the next start.
systemctl restart mektep.service
for _ in {1..600}; do ! grep -qs '"kg"' /var/lib/mektep/files/audit-heads/*.jsonl || break; sleep 0.1; done
as_service audit verify | tee "$work/proof"
grep -q '^kg: .* lead to 1 heads' "$work/proof"

say "what refuses"
set -a
. /etc/mektep/backup.env
set +a
refused CAP_DAC_READ_SEARCH setpriv --reuid=mektep-backup --regid=mektep-backup --init-groups deploy/backup.sh
left=$(ls -lAR /var/backups/mektep 2>&1)
[ -z "$(ls -A /var/backups/mektep)" ] || { echo "a backup that failed left: $left"; exit 1; }

section "Backup and restore"
"$work/visitor" "https://kg.mektep.example/sign-in" b.person
[ -z "$(find /var/lib/mektep/files ! -user mektep)" ]
[ -n "$(find /var/lib/mektep/files/audit-heads -name '*.jsonl')" ]
as_service audit verify | tee "$work/proof"
grep -q '^kg: .* lead to 1 heads' "$work/proof"

section "A point in time"
moment=$(runuser -u postgres -- psql -XAtc 'SELECT clock_timestamp()')
as_service tenant onboard --slug late --profile kg --name "A ministry too many" --admin-email d.person@mektep.example >/dev/null
sed -i "s#^moment=.*#moment='$moment'#" "$work/sections/The way back"
section "The way back"
as_service tenant list | tee "$work/list"
[ "$(grep -c late "$work/list" || true)" = 0 ]
"$work/visitor" "https://kg.mektep.example/sign-in" b.person
as_service audit verify

say "the cron table's file"
[ "$(ls /var/backups/mektep | wc -l)" = 1 ]
sleep 1.1 # a backup is named by its second
/usr/local/lib/mektep/nightly.sh
[ "$(ls /var/backups/mektep | wc -l)" = 2 ]

say "a head that was written down after the backup"
"$work/visitor" "https://kg.mektep.example/sign-in" b.person
as_service audit head >"$work/heads"
chmod 0644 "$work/heads"
as_service audit verify --heads "$work/heads"
restore=/usr/local/lib/mektep/restore.sh
dsn='postgres:///mektep?host=/run/postgresql'
backup=$(ls -d /var/backups/mektep/*Z | head -n 1)
refused "database 1 is not empty" $restore "$backup" - "$dsn"
refused "cannot connect to database 1" env MEKTEP_RESTORE_AS=nobody $restore "$backup" - "$dsn"
refused "cannot connect to database 1" $restore "$backup" - 'postgres:///nowhere?host=/run/postgresql'
refused "run this as root" runuser -u mektep -- $restore "$backup" /var/lib/mektep/files "$dsn"
refused "holds 1 database(s)" $restore "$backup" - "$dsn" "$dsn"
refused "no superuser" env MEKTEP_RESTORE_AS=mektep-owner $restore "$backup" - "$dsn&user=mektep_owner"
systemctl stop mektep.service
runuser -u postgres -- psql -Xqc 'DROP DATABASE mektep'
runuser -u postgres -- psql -Xq --set=name=mektep </usr/local/lib/mektep/database.sql
refused "is not empty: move it away" $restore "$backup" /var/lib/mektep/files "$dsn"
$restore "$backup" - "$dsn"
refused "" as_service audit verify --heads "$work/heads"

section "A database of its own for a large ministry" | tee "$work/links"
"$work/visitor" "$(link)" c.person

say "two databases, there and back"
sleep 1.1
install -o mektep-owner -m 0600 /dev/null /var/lib/mektep/files/strange # as the account had another number
systemctl start mektep-backup.service
backup=$(ls -d /var/backups/mektep/*Z | tail -n 1)
systemctl stop mektep.service
for name in mektep mektep_large; do
  runuser -u postgres -- psql -Xqc "DROP DATABASE $name"
  runuser -u postgres -- psql -Xq --set=name=$name </usr/local/lib/mektep/database.sql
done
rm -r /var/lib/mektep/files
$restore "$backup" /var/lib/mektep/files "$dsn" 'postgres:///mektep_large?host=/run/postgresql'
[ -z "$(find /var/lib/mektep/files ! -user mektep)" ]
systemctl start mektep.service
curl --silent --fail --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:8080/readyz
"$work/visitor" "https://kg.mektep.example/sign-in" b.person
"$work/visitor" "https://tr.mektep.example/sign-in" c.person
as_service audit verify
printf x >>"$backup/database1.dump"
refused "not whole" $restore "$backup" - "$dsn" -
systemctl stop mektep.service postgresql.service
say "all of it"
