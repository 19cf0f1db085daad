-- Makes one database for Mektep, as a superuser and after core/db/roles.sql:
--
--   psql --set=name=mektep < deploy/postgres/database.sql
CREATE DATABASE :"name" OWNER mektep_owner;
-- Which databases a role may enter, this says; pg_hba.conf need not name them.
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO mektep_service, mektep_dump;
