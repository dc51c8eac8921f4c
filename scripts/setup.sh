#!/usr/bin/env bash
# Installs the Debian 12 packages that tess2 is built with, and with --tests those that only tests
# need (the page's run in Chromium, by Node; the tables of docs/results.md, by Python). Safe to
# repeat: does nothing where all of them are there. Runs as root, or as a user who may use sudo.
set -euo pipefail

readonly packages=(
  g++ cmake ninja-build ccache clang-format git
  libtorch-dev libgloo-dev libdnnl-dev libopenblas0-openmp
  libsentencepiece-dev nlohmann-json3-dev libyaml-cpp-dev libcli11-dev libspdlog-dev
  libcpp-httplib-dev libedit-dev libssl-dev zlib1g-dev libzstd-dev libhwy-dev
  libgtest-dev libgmock-dev libbenchmark-dev
)

readonly test_packages=(chromium curl)
readonly node_packages=(nodejs npm) # where there is no node, from wherever

is_installed() {
  [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  else
    sudo "$@"
  fi
}

fail() {
  echo "setup: $*" >&2
  exit 1
}

main() {
  command -v dpkg-query >/dev/null || fail "expected Debian 12 with dpkg, found none"
  local wanted=("${packages[@]}") missing=() package
  case "${1-}" in
    '') ;;
    --tests)
      wanted+=("${test_packages[@]}")
      command -v node >/dev/null && command -v npm >/dev/null || wanted+=("${node_packages[@]}")
      command -v python3 >/dev/null || wanted+=(python3)
      ;;
    *) fail "unknown option $1 (expected --tests or nothing)" ;;
  esac
  for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  if [[ ${#missing[@]} == 0 ]]; then
    echo "setup: all ${#wanted[@]} packages are installed"
    return
  fi
  if [[ "$(id -u)" != 0 ]] && ! command -v sudo >/dev/null; then
    fail "must be root or have sudo to install: ${missing[*]}"
  fi
  echo "setup: installing ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"
}

main "$@"
