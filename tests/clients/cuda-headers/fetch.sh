#!/usr/bin/env bash
# Fetches a header of the CUDA driver API (60 kB, Debian's libffmpeg-nvenc-dev, free software) into include/ beside this file, through the mirror that apt already
# uses. Nothing is installed. With it the tests compare our imports with the prototypes in it; without it they say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")"
[ ! -e include/dynlink_cuda.h ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts"
mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/*.sources)
cat >"$work/parts/main.sources" <<EOS
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOS
options=(-q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/parts" -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update
(cd "$work" && apt-get "${options[@]}" download libffmpeg-nvenc-dev)
dpkg -x "$work"/*.deb "$work/files"
mkdir -p include
cp "$work"/files/usr/include/ffnvcodec/dynlink_cuda.h include/
