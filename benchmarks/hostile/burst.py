#!/usr/bin/env python3
"""What hostile bodies cost: starts the server on the loopback, lets 16 clients send the same large wrong body at once, kind by kind, and prints
the server's resident memory before, at its peak and after, with the statuses and the largest answer.

usage: burst.py PROGRAM.dll [OPTION...]

PROGRAM.dll is the built server; OPTIONs are passed on to it. Python's standard library and Linux's /proc are all it needs. It sends a fixed
number of requests to the server it started and to nobody else, and takes less than two minutes.
"""

import collections
import http.client
import json
import subprocess
import sys
import threading
import time

CLIENTS = 16
REQUESTS = 2  # of each client, of each kind
SIZE = 1_300_000
SAMPLE = 0.02
REST = 5.0

CHAT = "/v1/chat/completions"
TEXT = "/v1/completions"
HEAD = b'{"model": "tiny-chat", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]'


def repeated(before, item, after, size=SIZE):
    """As many items, comma between them, as make a body of the size; '#' in an item becomes its number."""
    length = len(item) + (7 if b"#" in item else 1)
    items = (item.replace(b"#", b"%06d" % i) for i in range((size - len(before) - len(after)) // length))
    return before + b",".join(items) + after


def bodies():
    """(kind, path, body)."""
    yield "wrong guidance", CHAT, repeated(HEAD + b', "alignment": {"guidance": [', b'{"sauce": 1}', b"]}}")
    yield "wrong rewards", CHAT, repeated(
        HEAD + b', "alignment": {"search": {"method": "best_of_n", "reward": [', b'{"nome": 1}', b"]}}}")
    yield "unknown fields", CHAT, repeated(HEAD + b", ", b'"u#": 1', b"}")
    yield "unknown fields in alignment", CHAT, repeated(HEAD + b', "alignment": {', b'"u#": 1', b"}}")
    yield "one name many times", CHAT, repeated(HEAD + b", ", b'"n": 1', b"}")
    yield "empty messages", CHAT, repeated(b'{"model": "tiny-chat", "messages": [', b"{}", b"]}")
    yield "messages of a wrong type", CHAT, repeated(b'{"model": "tiny-chat", "messages": [', b"0", b"]}")
    yield "wrong content parts", CHAT, repeated(
        b'{"model": "tiny-chat", "messages": [{"role": "user", "content": [', b'{"type":"text","text":""}', b"]}]}")
    yield "logit_bias", CHAT, repeated(HEAD + b', "logit_bias": {', b'"9#": 200', b"}}")
    yield "stop", CHAT, repeated(HEAD + b', "stop": [', b'""', b"]}")
    yield "prompts", TEXT, repeated(b'{"model": "tiny-chat", "max_tokens": 1, "prompt": [', b'""', b"]}")
    yield "token ids", TEXT, repeated(b'{"model": "tiny-chat", "max_tokens": 1, "prompt": [', b"1", b"]}")
    yield "token ids to text", "/detokenize", repeated(b'{"model": "tiny-chat", "tokens": [', b"1", b"]}")
    yield "ignored list", CHAT, repeated(HEAD + b', "metadata": [', b"1", b"]}")
    yield "long names", CHAT, b'{"model": "' + b"m" * SIZE + b'"}'
    yield "long source", CHAT, HEAD + b', "alignment": {"guidance": [{"source": "' + b"s" * SIZE + b'"}]}}'
    yield "long number", CHAT, HEAD + b', "temperature": ' + b"9" * SIZE + b"}"
    yield "brackets", CHAT, b'{"model": "tiny-chat", "messages": ' + b"[" * SIZE
    yield "not UTF-8", CHAT, HEAD + b', "user": "' + b"\xff" * SIZE + b'"}'


class Memory(threading.Thread):
    """Samples the resident memory of a process, in MB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path, self.peak, self.running = f"/proc/{pid}/status", 0, True

    def now(self):
        with open(self.path, encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024

    def run(self):
        while self.running:
            self.peak = max(self.peak, self.now())
            time.sleep(SAMPLE)


def client(port, path, body, results):
    for _ in range(REQUESTS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=100)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            results.append((answer.status, len(answer.read())))
        except OSError as fault:
            results.append((type(fault).__name__, 0))
        finally:
            connection.close()


def burst(port, path, body):
    """Statuses and sizes of all answers, and the seconds until the last."""
    results, start = [], time.monotonic()
    clients = [threading.Thread(target=client, args=(port, path, body, results)) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    return results, time.monotonic() - start


def measure(port, pid):
    time.sleep(REST)
    everything = Memory(pid)
    everything.start()
    before = everything.now()
    print(f"{CLIENTS} clients, {REQUESTS} requests of each, bodies of {SIZE / 1e6:.1f} MB; resident memory in MB.\n")
    print("| kind | answers | largest answer, bytes | seconds | before | peak | after |")
    print("|---|---|---|---|---|---|---|")
    for kind, path, body in bodies():
        memory = Memory(pid)
        first = memory.now()
        memory.start()
        results, seconds = burst(port, path, body)
        memory.running = False
        statuses = ", ".join(f"{count} x {status}" for status, count in collections.Counter(s for s, _ in results).items())
        largest = max(size for _, size in results)
        print(f"| {kind} | {statuses} | {largest:,} | {seconds:.1f} | {first} | {max(memory.peak, first)} | {memory.now()} |", flush=True)
    last = everything.now()
    time.sleep(REST)
    everything.running = False
    print(f"\nBefore the first body {before} MB, at the peak {everything.peak}, after the last {last}, {REST:.0f} s later {everything.now()}.")


def warm(port):
    """A request that is answered: what a server needs once is not the attack's."""
    body = json.dumps({"model": "tiny-chat", "max_tokens": 8, "messages": [{"role": "user", "content": "Hello"}]}).encode()
    results = []
    client(port, CHAT, body, results)
    assert all(status == 200 for status, _ in results), results


def main():
    server = subprocess.Popen(["dotnet", sys.argv[1], "--urls", "http://127.0.0.1:0", *sys.argv[2:]], stdout=subprocess.PIPE, text=True)
    try:
        line = next(line for line in server.stdout if line.startswith("Listening"))
        threading.Thread(target=server.stdout.read, daemon=True).start()
        port = int(line.rsplit(":", 1)[1].strip("/ \n"))
        warm(port)
        measure(port, server.pid)
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    main()
