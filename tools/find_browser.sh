#!/bin/sh
# Have a browser for the tests: Debian's chromium where we may install it, else Playwright's own.
set -eu
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
else
    .venv/bin/playwright install chromium
fi
