"""Renders chat templates as Hugging Face transformers configures Jinja2: [{template, variables}] on standard input, [{text} | {error}] on standard output.

The date is fixed. Runs under Debian's interpreter with its package python3-jinja2.
"""

import datetime
import json
import sys

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(Extension):
    """The tag around what the assistant said; it renders its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def strftime_now(form):
    return datetime.datetime(2026, 3, 5, 14, 7, 9).strftime(form)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = strftime_now
    return made


def render(jinja, case):
    try:
        return {"text": jinja.from_string(case["template"]).render(**case["variables"])}
    except Exception as problem:  # whatever Python says is an answer
        return {"error": f"{type(problem).__name__}: {problem}"}


if __name__ == "__main__":
    jinja = environment()
    cases = json.load(sys.stdin.buffer)
    json.dump([render(jinja, case) for case in cases], sys.stdout)
