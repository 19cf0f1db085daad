-- Roles that every Mektep database needs. Run once in a cluster as a superuser
-- (psql -f core/db/roles.sql), then create the database:
--
--   CREATE DATABASE mektep OWNER mektep_owner;
--   REVOKE ALL ON DATABASE mektep FROM PUBLIC;
--   GRANT CONNECT ON DATABASE mektep TO mektep_service, mektep_dump;
--
-- and give the roles their passwords or certificates. May be run again.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mektep_owner') THEN
    CREATE ROLE mektep_owner;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mektep_service') THEN
    CREATE ROLE mektep_service;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mektep_dump') THEN
    CREATE ROLE mektep_dump;
  END IF;
END
$$;

-- Owns the tables and migrates them. Row-level security is forced on it too.
ALTER ROLE mektep_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- What the service runs as: owns nothing, creates nothing, never passes the wall.
ALTER ROLE mektep_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
-- For poolers, which do not pass on what a client asks for at connection time.
ALTER ROLE mektep_service SET statement_timeout = '60s';
ALTER ROLE mektep_service SET lock_timeout = '5s';
ALTER ROLE mektep_service SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE mektep_service SET timezone = 'UTC';

-- Backups must hold every ministry: reads everything, changes nothing.
ALTER ROLE mektep_dump LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
ALTER ROLE mektep_dump SET default_transaction_read_only = on;
GRANT pg_read_all_data TO mektep_dump;
