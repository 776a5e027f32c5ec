#!/usr/bin/env bash
# The first request of the README: first-request.sh [URL]
set -euo pipefail

url=${1:-http://localhost:8080}
ask() {
  curl -sS "$url/v1/chat/completions" -H 'Content-Type: application/json' -d "$1" | sed -E 's/.*"content":"(([^"\\]|\\.)*)".*/\1/'
  echo
}
question='"messages": [{"role": "user", "content": "I am hungry. Can you find me a place to eat?"}], "max_tokens": 40, "seed": 2'

# The frozen model, as it is.
ask '{"model": "tiny-chat", '"$question"'}'

# The same model, the same seed: eight candidates, of which two rewards choose.
ask '{"model": "tiny-chat", '"$question"', "alignment": {
  "search": {"method": "best_of_n", "n": 8, "reward": [{"name": "helpful-value"}, {"name": "harmless-value", "transform": "log_sigmoid"}]}}}'

# Each next token is drawn from the model's log-probabilities plus a reward's.
ask '{"model": "tiny-chat", '"$question"', "alignment": {"guidance": [{"source": "harmless", "weight": 1.0}]}}'
