"""The frozen model, guidance, best-of-8 by profile, and a stream; standard library only: python3 aligned.py [URL]"""

import json
import sys
import urllib.request

URL = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080"


def post(**fields):
    body = {"messages": [{"role": "user", "content": "I am hungry. Can you find me a place to eat?"}], "max_tokens": 40, "seed": 2, **fields}
    request = urllib.request.Request(f"{URL}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    return urllib.request.urlopen(request)


def ask(**fields):
    with post(**fields) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]


def stream(**fields):
    with post(stream=True, **fields) as events:
        for line in events:
            data = line.decode().strip().removeprefix("data: ")
            if data and not data.startswith(":") and data != "[DONE]":
                yield from (choice["delta"].get("content") or "" for choice in json.loads(data)["choices"])


print("frozen:   ", ask(model="tiny-chat"))
print("guided:   ", ask(model="tiny-chat", alignment={"guidance": [{"source": "helpful", "weight": 1.0}]}))
print("best of 8:", ask(model="tiny-chat:best-of-8"))
print("streamed: ", end=" ")
for piece in stream(model="tiny-chat"):
    print(piece, end="", flush=True)
print()
