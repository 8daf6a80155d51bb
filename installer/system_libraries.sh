#!/usr/bin/env bash
# Looks for the system libraries that the window (Qt) loads, and installs what is missing where root and apt allow; else
# names the command and goes on: everything without a window works all the same. Never asks anything, never fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. installer/apt.sh

# Library, Debian package. What Qt's xcb platform plugin and its OpenGL need beyond a bare system.
readonly libraries='
libEGL.so.1             libegl1
libGL.so.1              libgl1
libX11-xcb.so.1         libx11-xcb1
libdbus-1.so.3          libdbus-1-3
libfontconfig.so.1      libfontconfig1
libglib-2.0.so.0        libglib2.0-0
libxcb-cursor.so.0      libxcb-cursor0
libxcb-icccm.so.4       libxcb-icccm4
libxcb-image.so.0       libxcb-image0
libxcb-keysyms.so.1     libxcb-keysyms1
libxcb-randr.so.0       libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0       libxcb-shape0
libxcb-xkb.so.1         libxcb-xkb1
libxkbcommon.so.0       libxkbcommon0
libxkbcommon-x11.so.0   libxkbcommon-x11-0
'

# Prints the packages of what cannot be loaded, one a line.
missing() {
    .venv/bin/python -c '
import ctypes, sys
words = sys.argv[1].split()
for library, package in zip(words[::2], words[1::2]):
    try:
        ctypes.CDLL(library)
    except OSError:
        print(package)
' "$libraries"
    # Without a font Qt draws empty boxes.
    [ -n "$(fc-list 2>/dev/null | head -n 1)" ] || printf '%s\n' fontconfig fonts-dejavu-core
}

[ "$(uname -s)" = Linux ] || exit 0
packages=$(missing | tr '\n' ' ')
[ -n "$packages" ] || exit 0

printf 'system: the window needs libraries that are missing here: %s\n' "$packages"
# shellcheck disable=SC2086  # A list of packages.
if apt_install $packages; then
    printf 'system: installed\n'
else
    printf 'system: going on without; the command line does not need them. To install them: sudo apt-get install %s\n' \
        "$packages"
fi
