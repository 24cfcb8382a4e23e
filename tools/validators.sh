#!/bin/sh
# Puts the validator of OASIS for STIX and the stix2 library into BUILD/validators, an
# environment of its own: Debian does not package them. tests/e2e/validators.txt names the
# versions. Without a package index the test is skipped and says so, except where
# HAUBERK_REQUIRE_VALIDATORS is set: there it fails.
#   tools/validators.sh BUILD
set -eu
build=$1
list=$(dirname "$0")/../tests/e2e/validators.txt
python=${PYTHON:-/usr/bin/python3}

if [ -x "$build/validators/bin/python" ] && cmp -s "$list" "$build/validators/list.txt"; then
    exit 0
fi
if "$python" -m venv "$build/validators" &&
    "$build/validators/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$list"; then
    cp "$list" "$build/validators/list.txt"
    exit 0
fi
echo "validators.sh: could not install the STIX validator; its test will not run" >&2
rm -f "$build/validators/bin/python"
