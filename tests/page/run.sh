#!/usr/bin/env bash
# Checks the page: its types, its format, and what it does in Chromium against a mock server, or
# against the `tess2 serve` that TESS2_URL names. Exits 77 where node or Chromium is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
if [[ ! -x $CHROMIUM ]]; then
  echo "SKIPPED: no $CHROMIUM to show the page in (apt-get install chromium)" >&2
  exit 77
fi
../npm_install.sh

readonly bin=../node_modules/.bin
"$bin/tsc" -p tsconfig.json
"$bin/tsc" -p tsconfig.tests.json
"$bin/prettier" --config prettier.json --check ../package.json . \
  ../../src/serve/page ../../src/app/report_page
node --test --test-concurrency=2 ./*_test.mjs || {
  echo "once more: on a busy machine a browser can be too late for what a test waits for" >&2
  node --test --test-concurrency=1 ./*_test.mjs
}
