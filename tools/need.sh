#!/bin/sh
# Makes sure that programs are here, installing their Debian packages if need be, and says so.
# usage: tools/need.sh PROGRAM=PACKAGE ...     Exit code 69 when something cannot be had.
set -u
PATH=$PATH:/usr/sbin:/usr/local/sbin

have() {
    case $1 in
    venv) "${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null ;; # Debian ships it apart from Python
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

packages=
for pair in "$@"; do
    have "${pair%%=*}" || packages="$packages ${pair#*=}"
done
[ -n "$packages" ] || exit 0

by_hand="sudo apt-get update && sudo apt-get install --no-install-recommends$packages"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "missing here:$packages. This machine has no apt-get: install them with its own package manager, then try again." >&2
    exit 69
fi
sudo=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "missing here:$packages. As root: apt-get update && apt-get install --no-install-recommends$packages" >&2
        exit 69
    fi
    sudo=sudo
    echo "sudo is asked for once, to install:$packages" >&2
fi
echo "installing:$packages" >&2
log=$(mktemp)
if $sudo apt-get update -qq >"$log" 2>&1 &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >>"$log" 2>&1; then
    rm -f "$log"
    exit 0
fi
tail -n 5 "$log" >&2
echo "could not install:$packages (whole log: $log). By hand: $by_hand" >&2
exit 69
