"""Decoding with PyTorch and Hugging Face transformers at the shapes of benchmarks/gpu.sh, with random weights: the numbers that ours are compared with.

usage: transformers_decode.py llama-3-8b|tiny OUTPUT.json

Guidance is done as GenARM does it with this library: a second model of the same shape in a LogitsProcessor, whose weighted log-softmax is added to the logits.
"""

import json
import statistics
import sys
import time
import traceback

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM, LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

WORKLOADS = {
    "llama-3-8b": {
        "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 8, "max_position_embeddings": 8192,
        "batch": 64, "context": 1024, "prompt": 2048, "matmul": 8192, "rounds": 20,
    },
    "tiny": {
        "vocab_size": 320, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512,
        "batch": 3, "context": 40, "prompt": 48, "matmul": 64, "rounds": 3,
    },
}
SHORT_CONTEXT = 32
WARM_UP = 3
GUIDE_WEIGHT = 0.5
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def sample(name, milliseconds, rounds, tokens=0, operations=0):
    return {"name": name, "milliseconds": milliseconds, "rounds": rounds, "tokens": tokens, "bytes": 0, "operations": operations}


def timed(work, rounds):
    """Median milliseconds of work that ends by waiting for the device."""
    times = []
    for _ in range(WARM_UP + rounds):
        begin = time.perf_counter()
        work()
        wait()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times[WARM_UP:])


class Clock(StoppingCriteria):
    """Notes when each token is there, and stops nothing."""

    def __init__(self):
        self.times = []

    def __call__(self, input_ids, scores, **kwargs):
        wait()
        self.times.append(time.perf_counter())
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

    def milliseconds(self):
        """Median of the steps after the prefill and the warm-up."""
        steps = [1000 * (later - earlier) for earlier, later in zip(self.times, self.times[1:])]
        return statistics.median(steps[WARM_UP:])


class Guidance(LogitsProcessor):
    """Adds the weighted log-probabilities of a second model, which keeps a cache of its own."""

    def __init__(self, model):
        self.model = model
        self.past = None

    def __call__(self, input_ids, scores):
        fresh = input_ids if self.past is None else input_ids[:, -1:]
        output = self.model(input_ids=fresh, past_key_values=self.past, use_cache=True)
        self.past = output.past_key_values
        return scores + GUIDE_WEIGHT * torch.log_softmax(output.logits[:, -1].float(), dim=-1)


class Peer:
    def __init__(self, workload):
        self.workload = workload
        self.base, self.reward = self.build(), self.build()

    def build(self):
        sizes = {name: value for name, value in self.workload.items() if name not in ("batch", "context", "prompt", "matmul", "rounds")}
        config = LlamaConfig(**sizes, tie_word_embeddings=False, bos_token_id=None, eos_token_id=None, pad_token_id=0)
        torch.set_default_dtype(torch.bfloat16)
        try:
            with torch.device(DEVICE):
                return LlamaForCausalLM(config).eval()
        finally:
            torch.set_default_dtype(torch.float32)

    def tokens(self, batch, length):
        return torch.randint(1, self.workload["vocab_size"], (batch, length), device=DEVICE)

    def decode(self, batch, context, processors):
        clock = Clock()
        prompt = self.tokens(batch, context)
        self.base.generate(
            input_ids=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=1 + WARM_UP + self.workload["rounds"],
            do_sample=True, temperature=1.0, top_k=0, top_p=1.0, use_cache=True, pad_token_id=0,
            logits_processor=LogitsProcessorList(processors), stopping_criteria=StoppingCriteriaList([clock]))
        return clock.milliseconds()

    def matmul(self):
        size = self.workload["matmul"]
        left, right = (torch.randn(size, size, device=DEVICE, dtype=torch.bfloat16) for _ in range(2))
        return sample("torch matmul", timed(lambda: left @ right, self.workload["rounds"]), self.workload["rounds"], operations=2.0 * size**3)

    def decode_one(self):
        return sample("transformers decode, one sequence", self.decode(1, SHORT_CONTEXT, []), self.workload["rounds"], 1)

    def decode_many(self):
        batch = self.workload["batch"]
        return sample("transformers decode, large batch", self.decode(batch, self.workload["context"], []), self.workload["rounds"], batch)

    def prefill(self):
        prompt = self.tokens(1, self.workload["prompt"])
        milliseconds = timed(lambda: self.base(input_ids=prompt, logits_to_keep=1, use_cache=True), self.workload["rounds"])
        return sample("transformers prefill", milliseconds, self.workload["rounds"], self.workload["prompt"])

    def guided_one(self):
        milliseconds = self.decode(1, SHORT_CONTEXT, [Guidance(self.reward)])
        return sample("transformers guided decode, one sequence", milliseconds, self.workload["rounds"], 1)


def main():
    workload, path = WORKLOADS[sys.argv[1]], sys.argv[2]
    device = torch.cuda.get_device_name() if DEVICE == "cuda" else "cpu"
    peer = Peer(workload)
    samples, failed = [], False
    with torch.inference_mode():
        for measure in (peer.matmul, peer.decode_one, peer.decode_many, peer.prefill, peer.guided_one):
            try:
                samples.append(measure())
                print(samples[-1], flush=True)
            except Exception:  # the others are still worth having
                traceback.print_exc()
                failed = True
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"subject": f"PyTorch {torch.__version__} and transformers {transformers.__version__} on {device}", "samples": samples}, file, indent=2)
    return 1 if failed else 0


sys.exit(main())
