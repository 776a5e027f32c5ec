#!/usr/bin/env bash
# The same four questions as the other samples ask: aligned.sh [URL]
set -euo pipefail
url=${1:-http://localhost:8080}

# ask JSON-FIELDS: the answer to one message. The text is cut out of the JSON with sed, so nothing but curl is needed.
ask() {
  curl -sS --fail-with-body "$url/v1/chat/completions" -H 'Content-Type: application/json' -d "{
    \"messages\": [{\"role\": \"user\", \"content\": \"I am hungry. Can you find me a place to eat?\"}], \"max_tokens\": 40, \"seed\": 2, $1}" \
    | sed -E 's/.*"content":"(([^"\\]|\\.)*)".*/\1/'
}

frozen=$(ask '"model": "tiny-chat"')
guided=$(ask '"model": "tiny-chat", "alignment": {"guidance": [{"source": "helpful", "weight": 1.0}]}')
best=$(ask '"model": "tiny-chat:best-of-8"')
# In a stream every line is an event with a piece of the text; those without one stay as they were and are dropped.
streamed=$(ask '"model": "tiny-chat", "stream": true' | grep -v '^data:' | tr -d '\n')
printf '%-10s %s\n' frozen: "$frozen" guided: "$guided" 'best of 8:' "$best" streamed: "$streamed"
