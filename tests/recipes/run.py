#!/usr/bin/env python3
"""Applies the recipes of docs/recipes to a copy of the tree and runs the tests that they add: run.py FOLDER [RECIPE ...]

A recipe is Markdown. Of its code blocks those count whose first line names a file:

    ```csharp src/Some/New.cs        the block is the new file
    ```diff src/Some/Old.cs          hunks, apart by @@ lines; what a hunk replaces (its ' ' and '-' lines) stands exactly once in the file
    ```sh test                       run in the copy, after every recipe was applied
"""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def copy_tree(target):
    """What git would commit; build outputs stay behind, so that nothing old can pass."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def replace_hunk(text, hunk, where):
    lines = [line or " " for line in hunk.split("\n")]
    old = "".join(line[1:] + "\n" for line in lines if line[0] in " -")
    new = "".join(line[1:] + "\n" for line in lines if line[0] in " +")
    if text.count(old) != 1:
        sys.exit(f"{where}: these lines stand {text.count(old)} times in the file, not once:\n{old}")
    return text.replace(old, new)


def apply_block(kind, name, body, target, recipe):
    file = target / name
    if kind == "diff":
        text = file.read_text()
        for hunk in re.split(r"^@@.*\n", body, flags=re.MULTILINE):
            if hunk.strip():
                text = replace_hunk(text, hunk.rstrip("\n"), f"{recipe.name}: {name}")
        file.write_text(text)
    else:
        if file.exists():
            sys.exit(f"{recipe.name}: {name} is there already")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body)


def main():
    target = pathlib.Path(sys.argv[1]).resolve()
    recipes = [ROOT / "docs" / "recipes" / f"{name}.md" for name in sys.argv[2:]] or sorted((ROOT / "docs" / "recipes").glob("*.md"))
    shutil.rmtree(target, ignore_errors=True)
    copy_tree(target)
    tests = []
    for recipe in recipes:
        for kind, name, body in BLOCK.findall(recipe.read_text()):
            if kind == "sh":
                tests.append((recipe.stem, body))
            else:
                apply_block(kind, name, body, target, recipe)
    failed = []
    for recipe, script in tests:
        print(f"-- {recipe}: {script.strip()}", flush=True)
        ran = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=target, stdout=subprocess.PIPE, text=True)
        print(ran.stdout)
        # A filter that matches nothing is no test.
        passed = re.search(r"Passed: +([1-9]\d*)", ran.stdout)
        if ran.returncode != 0 or "No test matches" in ran.stdout or not passed:
            failed.append(recipe)
    if failed or not tests:
        sys.exit(f"recipes that do not hold: {', '.join(failed) or 'there is none'}")
    print(f"{len(tests)} recipes hold")


if __name__ == "__main__":
    main()
