#!/usr/bin/env bash
# Makes sure that a program the project needs on this machine is there: installs
# the Debian package when it may, and otherwise says in one sentence what to install.
set -euo pipefail

may_install() { command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }

install() {
  local run=()
  [ "$(id -u)" = 0 ] || run=(sudo -n)
  echo "installing $*" >&2
  "${run[@]}" apt-get update -qq >/dev/null
  # A server package would start a cluster of its own on 5432; nobody asked for one.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${run[@]}" mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | "${run[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  # Nor does a server begin to serve because a test needs its program.
  local policy=/usr/sbin/policy-rc.d ours=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${run[@]}" tee "$policy" >/dev/null
    "${run[@]}" chmod +x "$policy"
    ours=1
  fi
  local rc=0
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || rc=$?
  [ -z "$ours" ] || "${run[@]}" rm -f "$policy"
  return "$rc"
}

newest_postgres() {
  local p
  p=$({ command -v postgres || true; ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null || true; } | while read -r bin; do
    "$bin" --version | grep -oE '[0-9]+' | head -1
  done | sort -rn | head -1)
  echo "${p:-0}"
}

case "${1:-}" in
postgres)
  if [ "$(newest_postgres)" -lt 15 ]; then
    if may_install; then install postgresql; else
      echo "Mektep needs the PostgreSQL server programs, version 15 or newer: install the package \"postgresql\"." >&2
      exit 1
    fi
  fi
  ;;
chromium)
  if ! command -v chromium >/dev/null; then
    if may_install; then install chromium fonts-dejavu-core || true; fi
    command -v chromium >/dev/null || echo "NO CHROMIUM: the browser tests will be skipped; install the package \"chromium\" to run them." >&2
  fi
  ;;
libreoffice)
  if ! command -v soffice >/dev/null; then
    if may_install; then install libreoffice-calc-nogui || true; fi
    command -v soffice >/dev/null || echo "NO LIBREOFFICE: a test of the round trip through it will fail; install the package \"libreoffice-calc-nogui\"." >&2
  fi
  ;;
proxies)
  for program in nginx caddy; do
    if ! command -v "$program" >/dev/null; then
      if may_install; then install "${program/nginx/nginx-light}" || true; fi
      command -v "$program" >/dev/null || echo "NO ${program^^}: the example of its settings will not be tried; install the package \"$program\" to try it." >&2
    fi
  done
  ;;
*)
  echo "usage: need.sh postgres|chromium|libreoffice|proxies" >&2
  exit 2
  ;;
esac
