#!/usr/bin/env bash
# Runs once, in the empty cluster of compose.yaml: roles, passwords, the database.
set -euo pipefail

psql=(psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres)
"${psql[@]}" --file=/mektep/roles.sql
"${psql[@]}" --set=owner="$MEKTEP_OWNER_PASSWORD" --set=service="$MEKTEP_SERVICE_PASSWORD" --set=dump="$MEKTEP_DUMP_PASSWORD" <<'SQL'
ALTER ROLE mektep_owner PASSWORD :'owner';
ALTER ROLE mektep_service PASSWORD :'service';
ALTER ROLE mektep_dump PASSWORD :'dump';
SQL
"${psql[@]}" --set=name=mektep --file=/mektep/database.sql
