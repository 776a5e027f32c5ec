#!/usr/bin/env bash
# Fetches NVRTC 12.4 from Debian 13's non-free component into lib/ beside this file, through the mirror that apt already uses. Nothing is installed, and the
# libraries are not ours to commit. With it the tests compile every kernel to machine code; without it they say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")"
[ ! -e lib/libnvrtc.so.12 ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts"
mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/*.sources)
cat >"$work/parts/non-free.sources" <<EOF
Types: deb
URIs: $mirror
Suites: trixie
Components: non-free
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
options=(-q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/parts" -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update
(cd "$work" && apt-get "${options[@]}" download libnvrtc12 libnvrtc-builtins12.4)
for package in "$work"/*.deb; do
  dpkg -x "$package" "$work/files"
done
mkdir -p lib
cp -L "$work"/files/usr/lib/*/libnvrtc.so.12 "$work"/files/usr/lib/*/libnvrtc-builtins.so.12.4 lib/
