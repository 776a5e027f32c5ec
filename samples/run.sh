#!/usr/bin/env bash
# Runs every sample against a server of tiny-chat and compares what they print: run.sh [URL]. A seeded request has the same answer in every language.
set -euo pipefail
cd "$(dirname "$0")"
url=${1:-http://localhost:8080}

expected=$(curl/aligned.sh "$url" | tr -s ' ')
echo "$expected"
[ "$(grep -cE '^(frozen|guided|best of 8|streamed): .+' <<<"$expected")" -eq 4 ] || { echo "curl/aligned.sh has not four answers"; exit 1; }

# compare NAME COMMAND...
compare() {
  local name=$1 printed
  shift
  printed=$("$@" | tr -s ' ')
  [ "$printed" = "$expected" ] || { printf '%s prints something else:\n%s\n' "$name" "$printed"; exit 1; }
}

compare python/aligned.py python3 python/aligned.py "$url"
compare javascript/aligned.mjs node javascript/aligned.mjs "$url"
compare csharp/aligned.cs dotnet run csharp/aligned.cs -- "$url"
curl/first-request.sh "$url"
echo "the samples in curl, Python, JavaScript and C# print the same"
