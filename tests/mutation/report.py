"""
report.py FOLDER: the score of each of Stryker's reports in a folder, and every mutant that no test killed, as Markdown.

A mutant under which the tests did not end counts as killed; how many these are is said apart, for on a busy machine a test may only be slow.
"""
import glob
import json
import os
import sys

KILLED, LEFT = ("Killed", "Timeout"), ("Survived", "NoCoverage")


def mutants(path):
    """(file from src on, mutant) of every mutant that was tested."""
    with open(path, encoding="utf-8") as report:
        files = json.load(report)["files"]
    for name, file in sorted(files.items()):
        short = name.replace("\\", "/").split("/src/")[-1].split("/", 1)[-1]
        yield from ((short, mutant) for mutant in file["mutants"] if mutant["status"] in KILLED + LEFT)


def main(folder):
    tables = {os.path.basename(p)[:-5]: list(mutants(p)) for p in sorted(glob.glob(os.path.join(folder, "*.json")))}
    print("| target | mutants | killed | by time alone | survived | not reached | score |\n|---|---|---|---|---|---|---|")
    for target, found in tables.items():
        count = lambda *statuses: sum(mutant["status"] in statuses for _, mutant in found)
        score = f"{100 * count(*KILLED) / len(found):.1f} %" if found else "-"
        print(f"| {target} | {len(found)} | {count(*KILLED)} | {count('Timeout')} | {count('Survived')} | {count('NoCoverage')} | {score} |")
    print("\n| left | line | mutation | instead |\n|---|---|---|---|")
    for target, found in tables.items():
        for file, mutant in found:
            if mutant["status"] in LEFT:
                instead = mutant["replacement"].replace("\n", " ").replace("|", "\\|")[:90]
                print(f"| {file} | {mutant['location']['start']['line']} | {mutant['mutatorName']} | `{instead}` |")
    if not any(mutant["status"] in KILLED for found in tables.values() for _, mutant in found):
        sys.exit("no mutant was killed: nothing was measured")


main(sys.argv[1])
