#!/bin/sh
# Installs the Debian packages that the named tiers need and that are not there yet.
#   tools/setup.sh build check ...
# Asks apt only when something is missing.
set -eu

# Hyperscan, the other opinion on the prefilter, is there for one architecture only.
hyperscan() {
    [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ] || echo libhyperscan-dev
}

packages_of_tier() {
    case $1 in
    make) echo make ;;
    build) echo gcc libc6-dev make meson ninja-build pkg-config python3 \
        libarchive-dev libdeflate-dev libexpat1-dev libjansson-dev libpcre2-dev libsqlite3-dev \
        libssl-dev libutf8proc-dev libxxhash-dev libyaml-dev libyara-dev zlib1g-dev ;;
    check) echo chromium clamav libcmocka-dev libsimde-dev python3-pytest python3-pytest-xdist \
        python3-yaml valgrind zstd \
        "$(hyperscan)" ;;
    clang) echo clang libclang-rt-14-dev ;;
    cross) echo gcc-mingw-w64-x86-64 ;;
    lint) echo clang clang-format clang-tidy libclang-rt-14-dev gcc-mingw-w64-x86-64 ;;
    bench) echo python3-yaml ripgrep tar zstd "$(hyperscan)" ;;
    *) echo "setup.sh: no tier '$1' (make build check clang cross lint bench)" >&2; return 1 ;;
    esac
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Runs its arguments as root, or says what to do instead.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && [ -t 0 ]; then
        sudo "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        echo "setup.sh: neither root nor sudo. Please install as root:" >&2
        echo "  apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
}

wanted=
for tier in "$@"; do
    wanted="$wanted $(packages_of_tier "$tier")"
done

if ! command -v dpkg-query >/dev/null; then
    echo "setup.sh: this is not Debian; going on with what is here. Needed:$wanted" >&2
    exit 0
fi

missing=
for package in $wanted; do
    is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing Debian packages:$missing"
apt="env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
# A stale or partly broken package list may still hold what is needed, so go on.
as_root $apt update || echo "setup.sh: apt-get update failed, trying with the old lists" >&2
as_root $apt install -y --no-install-recommends $missing
