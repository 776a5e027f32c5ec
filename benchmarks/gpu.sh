#!/usr/bin/env bash
# Everything that needs a GPU, in one command of less than 8 minutes: the tests on the device, the measurements against their targets, the same with PyTorch and
# transformers where python3 has them, and compute-sanitizer over the kernel tests where it is installed. It runs from the folder that publish-gpu.sh makes and needs
# only the driver and CUDA's libraries. Leaves RESULTS/gpu.md and RESULTS/gpu.log; the exit code is 0 only when every part passed.
# usage: gpu.sh [--emulated] [RESULTS]      --emulated: toy sizes on the emulated device, which needs g++ instead of a GPU
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/app/Alignment.Benchmarks.Gpu
kernel_tests=(OperationTests NextTokenTests EditTests RandomWeightsTests)
whole_seconds=450
device=real
workload=llama-3-8b
passed=0
failed=0

if [ "${1:-}" = --emulated ]; then
  device=emulated
  workload=tiny
  shift
fi
results=${1:-$root/results}
work=$(mktemp -d)
samples=$work/samples
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/sbin:/usr/local/cuda/bin

# part NAME SECONDS COMMAND...: passes or fails alone, within its own time and what is left of the whole.
part() {
  local name=$1 seconds=$2 left=$((whole_seconds - SECONDS)) begin=$SECONDS
  shift 2
  echo "== $name"
  if [ "$left" -gt 0 ] && timeout --kill-after=5 "$((seconds < left ? seconds : left))" "$@"; then
    passed=$((passed + 1))
    echo "== $name: $((SECONDS - begin)) s"
  else
    failed=$((failed + 1))
    echo "== FAILED: $name, after $((SECONDS - begin)) s"
  fi
}

has_system_library() { ldconfig -p 2>/dev/null | grep -q "$1"; }

# Where CUDA's libraries may lie: the system, toolkits, Python's packages.
library_folders() {
  ldconfig -p 2>/dev/null | sed -n 's/.*=> \(.*\)\/lib\(nvrtc\|cublasLt\)\.so.*/\1/p'
  printf '%s\n' /usr/local/cuda*/lib64 /usr/local/cuda*/targets/*/lib
  python3 -c 'import glob, sys; print(*(f for p in sys.path for f in glob.glob(p + "/nvidia/*/lib")), sep="\n")' 2>/dev/null
}

# link PATTERN FOLDER...: links a library, and what belongs to it, from the first folder that has it.
link() {
  local pattern=$1 folder files
  shift
  for folder in "$@"; do
    mapfile -t files < <(compgen -G "$folder/$pattern")
    if [ "${#files[@]}" -gt 0 ]; then
      ln -sf "${files[@]}" "$ALIGNMENT_CUDA_LIBRARIES"
      echo "$pattern: $folder"
      return
    fi
  done
  echo "$pattern: not found"
}

# One folder with one version of each library, which the program searches first.
find_libraries() {
  local folders
  mapfile -t folders < <(library_folders)
  mkdir -p "$ALIGNMENT_CUDA_LIBRARIES"
  link "libnvrtc*.so.1[23]*" "${folders[@]}"
  link "libcublasLt.so.1[23]*" "${folders[@]}"
  has_system_library libcuda.so.1 || link "libcuda.so.1*" /usr/local/nvidia/lib64 /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib/wsl/lib
}

sanitize() {
  part "compute-sanitizer $1" 100 compute-sanitizer --tool "$1" --report-api-errors no --error-exitcode 1 "$program" test "${kernel_tests[@]}"
}

run_peer() {
  if python3 -c 'import torch, transformers' 2>/dev/null; then
    part "PyTorch and transformers" 120 python3 "$root/benchmarks/peers/transformers_decode.py" "$workload" "$samples/peer.json"
  else
    echo "== skipped: PyTorch and transformers (python3 has no torch, or no transformers)"
  fi
}

run_sanitizer() {
  if [ "$device" = emulated ]; then
    echo "== skipped: compute-sanitizer (the device is emulated)"
  elif command -v compute-sanitizer >/dev/null; then
    sanitize memcheck
    sanitize racecheck
  else
    echo "== skipped: compute-sanitizer (not found)"
  fi
}

measure() {
  local name
  for name in $("$program" list); do
    part "measure $name" 90 "$program" measure "$name" "$workload" "$samples"
  done
}

main() {
  export XDG_DATA_HOME=${XDG_DATA_HOME:-$work/data}
  if [ "$device" = emulated ]; then
    # The tests compile the emulator; the measurements find it where they left it.
    part "tests on the emulated device" 300 "$program" test "${kernel_tests[@]}"
    export ALIGNMENT_CUDA_LIBRARIES=$root/app/emulated-cuda
  else
    export ALIGNMENT_CUDA_LIBRARIES=$work/libraries ALIGNMENT_TEST_CUDA=device
    find_libraries
    # Without a device, or without kernels for it, everything else would fail one by one.
    "$program" device || return 2
    part "tests on the device" 150 "$program" test
  fi
  measure
  run_peer
  run_sanitizer
  # It needs a moment of its own, however long the rest took.
  whole_seconds=$((SECONDS + 20))
  part "report" 20 "$program" report "$workload" "$samples" "$results/gpu.md"
  echo "$passed parts passed, $failed failed, $SECONDS s"
  [ "$failed" -eq 0 ]
}

mkdir -p "$results" "$samples"
if [ ! -x "$program" ]; then
  echo "$program is missing: run benchmarks/publish-gpu.sh where the .NET SDK is, and gpu.sh from the folder that it makes" >&2
  exit 2
fi
main 2>&1 | tee "$results/gpu.log"
exit "${PIPESTATUS[0]}"
