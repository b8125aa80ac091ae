#!/bin/sh
# Run by the image of Postgres when it creates its data: the role and the database that Landfall uses. The superuser
# has no password from then on, so nobody can log in as superuser but from inside the container.
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres <<'SQL'
\getenv password POSTGRES_PASSWORD
CREATE ROLE landfall LOGIN PASSWORD :'password';
CREATE DATABASE landfall OWNER landfall;
ALTER ROLE postgres PASSWORD NULL;
SQL
