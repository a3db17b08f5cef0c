#!/bin/sh
# PostgreSQL runs it when its volume is new: a database and a user for the stories, and for Prefect.
# psql reads the passwords itself, so that no list of processes shows them.
set -eu

folder=${SECRETS_FOLDER:-/run/secrets}

for name in newsfold prefect; do
  [ -s "$folder/${name}_db_password" ] || { echo "initdb.sh: $folder/${name}_db_password is missing" >&2; exit 2; }
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set=name="$name" --set=file="$folder/${name}_db_password" <<'SQL'
\set password `cat :'file'`
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
