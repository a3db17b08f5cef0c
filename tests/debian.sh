#!/bin/sh
# Debian's programs that some tests drive, installed where they are missing: Chromium, which opens the page, and
# promtool, which knows what Prometheus makes of the rules; without them `make test` says so and leaves these tests out,
# and CI fails.
set -eu
missing=
[ -x /usr/bin/chromium ] || missing="$missing chromium"
[ -x /usr/bin/promtool ] || missing="$missing prometheus"
if [ -z "$missing" ]; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "THE PAGE OR THE ALERTS ARE NOT TESTED: their tests need Debian's packages: apt-get install$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  # each a word of its own
apt-get install -qq -y --no-install-recommends $missing >/dev/null
