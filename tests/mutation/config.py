"""config.py PROJECT FILES TESTS: Stryker's configuration of one target, to standard output."""
import json
import os
import sys

project, files, tests = sys.argv[1:]
settings = {
    "project": project + ".csproj",
    "configuration": "Release",
    "concurrency": int(os.environ.get("ALIGNMENT_MUTATION_WORKERS", 2)),
    "reporters": ["json", "dots"],
    "mutate": files.split(","),
    "mutation-level": "Standard",
    "ignore-mutations": ["string"],
    "coverage-analysis": "perTest",
    # A busy machine must not make a slow test look like a killed mutant: beside this, half of the tests' own time is added.
    "additional-timeout": 30000,
}
if tests != "-":
    settings["test-case-filter"] = tests
print(json.dumps({"stryker-config": settings}, indent=1))
