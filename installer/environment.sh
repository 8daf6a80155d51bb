#!/usr/bin/env bash
# Makes or mends .venv in the project's root: an editable install with every extra but Ray.
#
# The stamp .venv/.stamp names what the environment was made for: this folder, its Python, pyproject.toml, setup.py.
# While it still holds, nothing is done. An environment that is broken, half made, moved or of another Python is made
# anew; one that is merely out of date is brought up to date. PYTHON chooses the interpreter. Never asks anything.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. installer/apt.sh

readonly oldest=3.11
log=$(mktemp)
trap 'rm -f "$log"' EXIT

say() { printf 'environment: %s\n' "$*"; }
fail() {
    printf 'environment: %s\n' "$@" >&2
    exit 1
}

# Prints X.Y.Z of an interpreter that runs and is new enough, else fails.
version_of() {
    "$1" -c 'import sys; assert sys.version_info >= tuple(map(int, sys.argv[1].split("."))); print(sys.version.split()[0])' \
        "$oldest" 2>/dev/null
}

# Prints the interpreter to use: PYTHON if given, else the first that runs.
find_python() {
    local name
    if [ -n "${PYTHON:-}" ]; then
        version_of "$PYTHON" >/dev/null || fail "PYTHON=$PYTHON does not run or is older than Python $oldest."
        echo "$PYTHON"
        return
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if version_of "$name" >/dev/null; then
            echo "$name"
            return
        fi
    done
    fail "no Python $oldest or newer was found; python3 is $(python3 --version 2>/dev/null || echo missing)." \
        "Install one (Debian: sudo apt-get install python3 python3-venv) or name one: make PYTHON=/path/to/python3."
}

# Debian keeps what `python -m venv` needs in a package of its own.
need_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    local package
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    say "$1 cannot make environments: its modules venv and ensurepip are missing."
    apt_install "$package" || true
    "$1" -c 'import ensurepip, venv' 2>/dev/null || fail "run: sudo apt-get install $package"
}

# The environment runs, is new enough (and PYTHON's version), and was made in this folder.
is_sound() {
    local version
    version=$(version_of .venv/bin/python) || return 1
    [ -z "${PYTHON:-}" ] || [ "$version" = "$(version_of "$PYTHON")" ] || return 1
    [[ "$(.venv/bin/pip --version 2>/dev/null)" == *" $PWD/.venv/"* ]]
}

stamp() {
    local version
    version=$(version_of .venv/bin/python) || return 1
    printf '%s\nPython %s\n%s\n' "$PWD" "$version" "$(cat pyproject.toml setup.py | cksum)"
}

install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --editable '.[all,bench,dev]' >"$log" 2>&1
}

create() {
    local python
    python=$(find_python)
    need_venv "$python"
    say "making .venv with Python $(version_of "$python") ($python)"
    rm -rf .venv
    "$python" -m venv .venv >"$log" 2>&1 || fail "$python -m venv .venv failed:" "$(tail -n 20 "$log")"
}

[ -z "${PYTHON:-}" ] || find_python >/dev/null
if [ -f .venv/.stamp ] && is_sound && [ "$(stamp)" = "$(cat .venv/.stamp)" ]; then
    say "up to date (Python $(version_of .venv/bin/python), .venv)"
    exit
fi

SECONDS=0
if is_sound; then
    rm -f .venv/.stamp
    say "bringing .venv up to date"
    install || {
        say "that failed; starting afresh"
        create
        install || fail "pip could not install the packages:" "$(tail -n 20 "$log")"
    }
else
    [ ! -e .venv ] || say "the .venv found here cannot be used: it is broken, moved, half made or of another Python"
    create
    say "installing the packages of pyproject.toml; the first time this takes a minute or two"
    install || fail "pip could not install the packages:" "$(tail -n 20 "$log")"
fi
stamp >.venv/.stamp
say "ready after $SECONDS s"
