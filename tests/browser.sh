#!/bin/sh
# The browser of the page's tests: Debian's Chromium, installed where there is none; without it `make test` says so
# and leaves these tests out, and CI fails.
set -eu
if [ -x /usr/bin/chromium ]; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "THE PAGE IS NOT TESTED: its tests need Debian's Chromium at /usr/bin/chromium: apt-get install chromium" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends chromium >/dev/null
