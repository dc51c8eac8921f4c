#!/usr/bin/env bash
# Installs what the tests in Node need, as the lock says, into tests/node_modules. Safe to repeat and
# to run twice at a time: does nothing where it is there. Exits 77 where it cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

skip() {
  echo "SKIPPED: $1" >&2
  exit 77
}

command -v node >/dev/null || skip "no node (18 or later) to run these tests with"
command -v npm >/dev/null || skip "no npm to install these tests' packages with"
(($(node -p 'process.versions.node.split(".")[0]') >= 18)) || skip "node is older than 18"

readonly stamp=node_modules/.installed_lock
exec 9>.npm_install.lock
flock 9
if cmp --silent package-lock.json "$stamp"; then exit 0; fi
npm ci --no-audit --no-fund --loglevel=error || skip "npm cannot install these tests' packages"
cp package-lock.json "$stamp"
