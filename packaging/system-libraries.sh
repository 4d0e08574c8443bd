#!/bin/sh
# Install the system libraries that Qt needs, and nothing when they are there.
# Libraries are looked up by what the loader knows, not by package: names differ between releases.
#   system-libraries.sh PYTHON [dist|test|conformance]
set -eu

python=${1:-python3}
purpose=${2:-run}

[ "$(uname -s)" = Linux ] || exit 0

loader=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null || true)
missing=""
sonames=""

need_library() { # soname, Debian package
    case "$loader" in
        *"$1 "*) ;;
        *) missing="$missing $2" sonames="$sonames $1" ;;
    esac
}

need_command() { # command, Debian package
    command -v "$1" >/dev/null 2>&1 || { missing="$missing $2"; sonames="$sonames $1"; }
}

need_library libGL.so.1 libgl1
need_library libEGL.so.1 libegl1
need_library libxkbcommon.so.0 libxkbcommon0
need_library libfontconfig.so.1 libfontconfig1
need_library libglib-2.0.so.0 libglib2.0-0
need_library libdbus-1.so.3 libdbus-1-3
need_library libxkbcommon-x11.so.0 libxkbcommon-x11-0
need_library libxcb-cursor.so.0 libxcb-cursor0
need_library libxcb-icccm.so.4 libxcb-icccm4
need_library libxcb-keysyms.so.1 libxcb-keysyms1
need_library libxcb-shape.so.0 libxcb-shape0
need_command Xvfb xvfb
need_command xauth xauth
[ -d /usr/share/fonts ] || { missing="$missing fonts-dejavu-core"; sonames="$sonames fonts"; }

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    missing="$missing python3-venv"
    sonames="$sonames venv"
fi
if [ "$purpose" = test ]; then
    need_command strace strace # kills and fails the program at single calls to the system
fi
if [ "$purpose" = conformance ]; then
    need_command node nodejs # runs the examples of JSON Forms
    need_command npm npm
fi
if [ "$purpose" = dist ]; then
    need_command objcopy binutils
    # PyInstaller ships the interpreter as a library; Debian's python3 is one piece without it.
    need_library "$("$python" -c 'import sys; print("libpython%d.%d.so.1.0" % sys.version_info[:2])')" \
        "$("$python" -c 'import sys; print("libpython%d.%d" % sys.version_info[:2])')"
fi

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing on this system:$sonames" >&2
    echo "Install them with your package manager (Debian's names:$missing), then try again." >&2
    exit 1
fi

as_root=""
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Missing on this system:$sonames" >&2
        echo "As root: apt-get update && apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi

echo "Installing system libraries:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The names in $missing are the words of a list.
# shellcheck disable=SC2086
if ! { $as_root apt-get -q update &&
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "apt-get could not install:$missing" >&2
    exit 1
fi
