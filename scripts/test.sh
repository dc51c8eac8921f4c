#!/usr/bin/env bash
# Builds tess2 and runs all its tests, from a fresh machine on. Safe to repeat.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
usage: scripts/test.sh [--asan]

Installs what is missing, checks the format of the changed files and the tables of results, builds,
and runs every test.
  --asan      build and test with the address and undefined-behaviour sanitizers
  -h, --help  this text
END
}

# stage TITLE EXPECTED-TIME COMMAND...: says what is done and how long it took.
stage() {
  local title=$1 expected=$2 start=$SECONDS
  shift 2
  echo "== $title (expect $expected)"
  "$@"
  echo "== $title: done in $((SECONDS - start)) s"
}

configure() {
  # Named, because the demo leaves a build folder without them.
  local options=(-DTESS2_BUILD_TESTS=ON -DTESS2_BUILD_FUZZ=ON)
  if command -v ccache >/dev/null; then options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake --preset "$1" "${options[@]}"
}

# The commit that the changes are counted from: where the branch left origin/main, else none.
base_commit() {
  git merge-base HEAD origin/main 2>/dev/null || git hash-object -t tree /dev/null
}

changed_sources() {
  local patterns=('*.h' '*.cc')
  git diff --name-only --diff-filter=d "$(base_commit)" -- "${patterns[@]}"
  git ls-files --others --exclude-standard -- "${patterns[@]}"
}

check_format() {
  if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    echo "no git checkout here: cannot tell which files changed, format not checked"
    return
  fi
  local files
  mapfile -t files < <(changed_sources | sort -u)
  echo "${#files[@]} changed files"
  if [[ ${#files[@]} == 0 ]]; then return; fi
  clang-format --dry-run -Werror "${files[@]}"
}

main() {
  local preset=release
  case "${1-}" in
    '') ;;
    --asan) preset=asan ;;
    -h | --help)
      usage
      return
      ;;
    *)
      echo "test: unknown option $1 (expected --asan or --help)" >&2
      exit 2
      ;;
  esac
  stage "install missing packages" "a second; 4 minutes on a fresh machine" scripts/setup.sh --tests
  stage "check the format" "seconds" check_format
  stage "check docs/results.md against its scores" "a second" scripts/results.py --check docs/results
  stage "configure $preset" "10 s" configure "$preset"
  stage "build" "up to 12 minutes on two cores, seconds where little changed" \
    cmake --build --preset "$preset" --parallel "$(nproc)"
  stage "test" "minutes" ctest --preset "$preset" --no-tests=error --parallel "$(nproc)"
  echo "== all passed in $SECONDS s"
}

main "$@"
