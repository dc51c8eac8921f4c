#!/usr/bin/env bash
# Asks a served model from Node: through the package `openai`, as docs/serve.md says, and in masses.
# Exits 77 where node or what it needs is missing. LOAD_REQUESTS says how many the masses are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if (($# != 1)); then
  echo "usage: tests/serve/run.sh TESS2" >&2
  exit 2
fi
for program in curl setpriv; do
  if ! command -v "$program" >/dev/null; then
    echo "SKIPPED: no $program to run these tests with (apt-get install $program)" >&2
    exit 77
  fi
done
../npm_install.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
./tiny_model.sh "$folder" "$1"
export TESS2_PROGRAM=$1 TESS2_MODELS=$folder

readonly bin=../node_modules/.bin
"$bin/tsc" -p tsconfig.json
"$bin/prettier" --config ../page/prettier.json --check ../openai_client.mjs .
node --test --test-concurrency=1 ../openai_client.mjs ./*_test.mjs
