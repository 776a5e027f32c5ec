#!/usr/bin/env bash
# run.sh [TARGET...]: changes one operator, condition, constant or call of the sources at a time, and runs the tests that reach it (Stryker).
# Targets are lines of targets.txt; without any, all but smoke. It works in a copy of the tree at HEAD, so that one may go on working, and
# keeps a finished target's report in artifacts/mutation/reports: run it again after an interruption and it goes on with the next. A report
# of another commit is made anew. Texts of messages are not mutated. Takes hours; report.py prints what there is so far.
# ALIGNMENT_MUTATION is another folder to work in, ALIGNMENT_MUTATION_WORKERS how many mutants are tried at once (2).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${ALIGNMENT_MUTATION:-$root/artifacts/mutation}
commit=$(git -C "$root" rev-parse HEAD)
export MSBUILDDISABLENODEREUSE=1

# The tool, and the tree as it is committed; what was built of an earlier commit stays.
prepare() {
  [ -e "$work/tool" ] || dotnet tool install dotnet-stryker --version 5.1.0 --tool-path "$work/tool"
  [ "$(cat "$work/commit" 2>/dev/null)" != "$commit" ] || return 0
  [ -e "$work/tree" ] || git clone -q --no-checkout "$root" "$work/tree"
  git -C "$work/tree" fetch -q "$root" HEAD
  git -C "$work/tree" checkout -q --force --detach FETCH_HEAD
  rm -rf "$work/reports"
  mkdir -p "$work/reports"
  echo "$commit" >"$work/commit"
}

# mutate NAME PROJECT FILES TESTS
mutate() {
  local report=$work/reports/$1.json out=$work/out/$1
  [ ! -e "$report" ] || { echo "== $1 is there"; return 0; }
  echo "== $1"
  rm -rf "$out"
  mkdir -p "$out"
  python3 "$here/config.py" "$2" "$3" "$4" >"$work/$1.config.json"
  (cd "$work/tree/tests/$2.Tests" && "$work/tool/dotnet-stryker" \
    --config-file "$work/$1.config.json" --output "$out" --skip-version-check)
  mv "$out/reports/mutation-report.json" "$report"
}

python3 "$here/check.py"
prepare
[ $# -gt 0 ] || set -- $(awk '!/^#/ && NF && $1 != "smoke" { print $1 }' "$here/targets.txt")
for target in "$@"; do
  read -r name project files tests < <(awk -v name="$target" '$1 == name' "$here/targets.txt") || { echo "no target '$target'"; exit 2; }
  mutate "$name" "$project" "$files" "$tests"
done
python3 "$here/report.py" "$work/reports"
