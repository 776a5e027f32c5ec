"""config.py PROJECT FILES TESTS: Stryker's configuration of one target, to standard output."""
import json
import sys

project, files, tests = sys.argv[1:]
settings = {
    "project": project + ".csproj",
    "configuration": "Release",
    "concurrency": 1,
    "reporters": ["json", "dots"],
    "mutate": files.split(","),
    "mutation-level": "Standard",
    "ignore-mutations": ["string"],
    # A machine that is busy must not make a slow test look like a killed mutant.
    "additional-timeout": 15000,
}
if tests != "-":
    settings["test-case-filter"] = tests
print(json.dumps({"stryker-config": settings}, indent=1))
