#!/usr/bin/env bash
# Makes .env for compose.yaml with secrets of its own. What is there stays.
set -euo pipefail
cd "$(dirname "$0")"

domain=${1:?the platform\'s own domain, e.g. mektep.example}
if [ -e .env ]; then
  echo ".env is there already" >&2
  exit 1
fi
umask 077
mkdir -p tls backups
{
  echo "DOMAIN=$domain"
  for name in POSTGRES_PASSWORD OWNER_PASSWORD SERVICE_PASSWORD DUMP_PASSWORD SECRET; do
    echo "$name=$(openssl rand -hex 32)"
  done
} >.env
echo "Put the certificate for $domain and *.$domain into tls/cert.pem and tls/key.pem (readable by uid 0 of the container), then: docker compose up --build --detach"
