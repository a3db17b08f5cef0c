#!/bin/sh
# What every container starts with: passwords come as files, never in compose.yaml, and reach the program here.
#   newsfold_db_password   goes into NEWSFOLD_DATABASE_URL, after the user
#   prefect_db_password    goes into PREFECT_SERVER_DATABASE_CONNECTION_URL, after the user
#   prefect_auth           user:password, is PREFECT_API_AUTH_STRING; for the server, PREFECT_SERVER_API_AUTH_STRING
# A secret that is not there changes nothing; one that is empty is a mistake.
set -eu

folder=${SECRETS_FOLDER:-/run/secrets}

secret() {
  value=$(cat "$folder/$1")
  [ -n "$value" ] || { echo "entrypoint.sh: $folder/$1 is empty" >&2; exit 2; }
  printf '%s' "$value"
}

# with_password SECRET URL: the URL with the password, percent-encoded, after its user.
with_password() {
  case $2 in
    *://*:*@* | *://@* ) echo "entrypoint.sh: write a URL with a user and no password, for $1" >&2; exit 2 ;;
    *://*@* ) ;;
    * ) echo "entrypoint.sh: write a URL with a user, for $1" >&2; exit 2 ;;
  esac
  password=$(secret "$1")
  encoded=$(printf '%s' "$password" \
    | python3 -I -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.stdin.buffer.read(), safe=""), end="")')
  printf '%s:%s@%s' "${2%%@*}" "$encoded" "${2#*@}"
}

if [ -e "$folder/newsfold_db_password" ]; then
  NEWSFOLD_DATABASE_URL=$(with_password newsfold_db_password "${NEWSFOLD_DATABASE_URL:?}")
  export NEWSFOLD_DATABASE_URL
fi
if [ -e "$folder/prefect_db_password" ]; then
  PREFECT_SERVER_DATABASE_CONNECTION_URL=$(
    with_password prefect_db_password "${PREFECT_SERVER_DATABASE_CONNECTION_URL:?}")
  export PREFECT_SERVER_DATABASE_CONNECTION_URL
fi
if [ -e "$folder/prefect_auth" ]; then
  PREFECT_API_AUTH_STRING=$(secret prefect_auth)
  export PREFECT_API_AUTH_STRING
  if [ -n "${PREFECT_SERVER_DATABASE_CONNECTION_URL:-}" ]; then
    export PREFECT_SERVER_API_AUTH_STRING="$PREFECT_API_AUTH_STRING"
  fi
fi

exec "$@"
