#!/usr/bin/env bash
# Everything this checkout needs, done once: the system's libraries, a Python, and .venv.
# Does nothing, quickly, when all is there.  As root it installs what is missing; else it prints the line to paste.
#
# PYTHON=/path/to/python3.12   use this interpreter
# GAZEATTACK_LOCK=no           take the newest packages that pyproject.toml allows, not the tested ones
# GAZEATTACK_TORCH=default     take torch as the package index gives it (on Linux: with CUDA), not the CPU build
set -euo pipefail
cd "$(dirname "$0")/.."

OLDEST=11 NEWEST=13 # Python 3.x
CPU_TORCH=https://download.pytorch.org/whl/cpu
export PIP_DEFAULT_TIMEOUT=${PIP_DEFAULT_TIMEOUT:-180} PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Run a command; what it printed is shown only if it fails.
quietly() {
    local output
    output=$("$@" 2>&1 </dev/null) || { local code=$?; printf '%s\n' "$output" >&2; return $code; }
}

# Packages to install with apt, as root; otherwise say which.  $1: what for; the rest: packages.
apt_install() {
    local purpose=$1; shift
    if [ "$(id -u)" = 0 ]; then
        say "installing $purpose: $*"
        # a package list is missing on a fresh image and outdated on an old one
        quietly apt-get update || say "the package lists could not be renewed; trying with those there are"
        DEBIAN_FRONTEND=noninteractive quietly apt-get install -y --no-install-recommends "$@"
    else
        say "$purpose missing; paste this, then try again:"
        say "    sudo apt-get update && sudo apt-get install -y $*"
        return 1
    fi
}

system_libraries() {
    [ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null || return 0
    local have missing=() soname package
    have=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
    while read -r soname package; do
        grep -qF "$soname " <<<"$have" || missing+=("$package")
    done <<'LIBRARIES'
libglib-2.0.so.0 libglib2.0-0
libGL.so.1 libgl1
libEGL.so.1 libegl1
libxkbcommon.so.0 libxkbcommon0
libfontconfig.so.1 libfontconfig1
libdbus-1.so.3 libdbus-1-3
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-shape.so.0 libxcb-shape0
libxcb-xkb.so.1 libxcb-xkb1
libxkbcommon-x11.so.0 libxkbcommon-x11-0
LIBRARIES
    # a virtual screen for the tests and the benchmark, and one font to write with
    command -v Xvfb >/dev/null || missing+=(xvfb)
    command -v xauth >/dev/null || missing+=(xauth)
    [ -n "$(find /usr/share/fonts -name '*.ttf' -print -quit 2>/dev/null)" ] || missing+=(fonts-dejavu-core)
    [ ${#missing[@]} = 0 ] || apt_install "system libraries" "${missing[@]}"
}

suits() { # $1: a Python of a version that fits, able to make a venv with pip
    "$1" - "$OLDEST" "$NEWEST" <<'PYTHON' >/dev/null 2>&1
import ensurepip, sys, venv
sys.exit(not (3, int(sys.argv[1])) <= sys.version_info[:2] <= (3, int(sys.argv[2])))
PYTHON
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if command -v "$candidate" >/dev/null && suits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

python_for_venv() {
    find_python && return
    command -v apt-get >/dev/null || die "install Python 3.$OLDEST to 3.$NEWEST, then try again."
    local version package=python3
    for version in $(seq $OLDEST $NEWEST); do
        # the system's own python3 may be too old or too new, with a fitting one beside it
        if command -v "python3.$version" >/dev/null; then package=python3.$version; break; fi
    done
    apt_install "Python with venv" "$package" "$package-venv" >&2 || return 1
    find_python || die "no Python 3.$OLDEST to 3.$NEWEST with venv here: install one and set PYTHON to its path."
}

# Plain torch brings gigabytes of CUDA on Linux: take the CPU build where it can be reached.
cpu_torch() {
    [ "$(uname -s)" = Linux ] && [ "${GAZEATTACK_TORCH:-cpu}" = cpu ] || return 0
    .venv/bin/python -c 'import torch' 2>/dev/null && return 0
    .venv/bin/python - "$CPU_TORCH/torch/" <<'PYTHON' 2>/dev/null || return 0
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=5).close()
PYTHON
    local pin
    pin=$(.venv/bin/python -c '
import tomllib
print(next(d for d in tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"] if d.startswith("torch")))')
    .venv/bin/python -m pip install -qq --index-url "$CPU_TORCH" "$pin" || say "no CPU build of torch there"
}

# The versions that were tested, by their hashes.  What the lock lacks or does not fit is taken as pyproject.toml allows.
locked() {
    [ "${GAZEATTACK_LOCK:-yes}" = yes ] || return 0
    .venv/bin/python -m pip install -qq --no-deps --require-hashes --only-binary :all: -r tools/requirements.lock 2>.venv/lock.log ||
        say "the tested versions do not fit this machine; taking the newest that pyproject.toml allows"
}

virtual_environment() {
    local python stamp
    if [ -e .venv ] && ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        say "the virtual environment is broken and is made anew"
        rm -rf .venv
    fi
    if [ ! -e .venv ]; then
        python=$(python_for_venv)
        say "making .venv with $python"
        "$python" -m venv .venv
    fi
    # moving the checkout breaks an editable install as surely as new requirements do
    stamp=$(cat pyproject.toml tools/setup.sh tools/requirements.lock <(pwd) <(.venv/bin/python -V) | sha256sum)
    [ "$(cat .venv/stamp 2>/dev/null)" = "$stamp" ] && return
    say "installing gazeattack and what it needs into .venv (a few minutes the first time)"
    cpu_torch
    locked
    .venv/bin/python -m pip install -qq --editable '.[dev]'
    printf '%s\n' "$stamp" >.venv/stamp
}

system_libraries
virtual_environment
