#!/usr/bin/env bash
# Makes the folder that benchmarks/gpu.sh runs from, and packs it: everything that a machine with a GPU but without .NET needs. It is laid out like the repository,
# where the tests look for their files. usage: publish-gpu.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-artifacts/gpu}
most_megabytes=60

rm -rf "$folder"
mkdir -p "$folder/benchmarks" "$folder/models/tiny-chat" "$folder/src/Alignment.Compute.Cuda" "$folder/tests/Alignment.Compute.Cuda.Tests"
dotnet publish benchmarks/Alignment.Benchmarks.Gpu -c Release -r linux-x64 --self-contained -o "$folder/app"
cp Alignment.sln "$folder"
cp -r benchmarks/gpu.sh benchmarks/peers "$folder/benchmarks"
cp models/tiny-chat/config.json models/tiny-chat/model.safetensors "$folder/models/tiny-chat"
# What the emulated device is compiled from.
cp -r src/Alignment.Compute.Cuda/Kernels "$folder/src/Alignment.Compute.Cuda"
cp -r tests/Alignment.Compute.Cuda.Tests/Emulation "$folder/tests/Alignment.Compute.Cuda.Tests"

tar -C "$(dirname "$folder")" -cf - "$(basename "$folder")" | xz -T0 -2 >"$folder.tar.xz"
megabytes=$(($(stat -c %s "$folder.tar.xz") / 1000000))
echo "$folder.tar.xz: $megabytes MB of at most $most_megabytes"
[ "$megabytes" -le "$most_megabytes" ]
