"""check.py: do the files and tests that targets.txt names still exist? Without an answer a run would mutate nothing, or against no test."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def sources(folder):
    """Paths of a project's own sources, as its patterns see them."""
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("bin", "obj")]
        yield from (os.path.relpath(os.path.join(path, name), folder) for name in files if name.endswith(".cs"))


def matches(pattern, path):
    expression = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(expression, path) is not None


def tests(folder):
    """Namespace, class and method of everything that could be a test."""
    for path in sources(folder):
        with open(os.path.join(folder, path), encoding="utf-8") as file:
            text = file.read()
        space = "".join(re.findall(r"^namespace ([\w.]+);", text, re.M))
        names = re.findall(r"\bclass (\w+)|^ +public (?:async )?(?:void|Task) (\w+)\(", text, re.M)
        current = ""
        for kind, method in names:
            current = kind or current
            yield f"{space}.{current}.{method}"


def faults(line):
    name, project, files, filters = line.split()
    known = list(sources(f"{ROOT}/src/{project}"))
    for pattern in files.split(","):
        if not any(matches(pattern.removeprefix("!"), path) for path in known):
            yield f"{name}: no file of {project} is called {pattern}"
    found = list(tests(f"{ROOT}/tests/{project}.Tests"))
    for part in re.findall(r"FullyQualifiedName!?~([^&|()]+)", filters):
        if not any(part in test for test in found):
            yield f"{name}: no test of {project}.Tests is called {part}"


def main():
    with open(f"{HERE}/targets.txt", encoding="utf-8") as file:
        lines = [line for line in file if line.strip() and not line.startswith("#")]
    wrong = [fault for line in lines for fault in faults(line)]
    sys.exit("\n".join(wrong) or 0)


main()
