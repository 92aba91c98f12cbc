#!/usr/bin/env python3
"""`restate-gen validate` beside general validators of JSON Schema, on the same schema and the same files.

side_by_side.py TOOLS [RUNS]    TOOLS is a folder with what CONTRIBUTING.md says how to install; hyperfine, GNU time and a
                                release build of restate-gen are on the PATH, RUNS is 20 unless given

Prints two tables: elapsed time (median) and peak memory of whole processes, and how many of the planted faults each
tool tells. A fault counts as told when the tool names its place, or the mapping that it is in and its key.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = str(ROOT / "schema/cluster.schema.json")
PLANTED = ROOT / "tests/neighbours/planted-faults.yaml"
TOOLS = pathlib.Path(sys.argv[1])
RUNS = sys.argv[2] if len(sys.argv) > 2 else "20"

# Each in the mode in which it says most.
COMMANDS = {
    "restate-gen validate": ["restate-gen", "validate"],
    "jsonschema-cli": [str(TOOLS / "bin/jsonschema-cli"), "validate", SCHEMA, "-i"],
    "ajv-cli": [str(TOOLS / "node_modules/.bin/ajv"), "validate", "--all-errors", "--strict=false", "-s", SCHEMA, "-d"],
    "check-jsonschema": [str(TOOLS / "python/bin/check-jsonschema"), "--verbose", "--schemafile", SCHEMA],
}


def listed(nodes):
    """A sound file that lists every node."""
    entries = [f"  - {{id: {n}, name: restate-{n}, location: eu.{'abc'[n % 3]}}}\n" for n in range(1, nodes + 1)]
    return "name: orders\nversion: 1.7.12\nreplication: 3\nnodes:\n" + "".join(entries)


def figures(command, file):
    """Median milliseconds and peak MiB of one tool on one file that it must find sound."""
    subprocess.run([*command, file], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with tempfile.NamedTemporaryFile() as report:
        subprocess.run(
            ["hyperfine", "-N", "--warmup", "3", "--runs", RUNS, "--export-json", report.name, " ".join([*command, file])],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        median = json.load(report)["results"][0]["median"]
    # GNU time is small: what it starts never counts for more than it takes.
    peak = subprocess.run(["time", "-f", "%M", *command, file], check=True, capture_output=True, text=True).stderr
    return 1000 * median, int(peak.splitlines()[-1]) / 1024


def named(said, tool):
    """What a tool named as faulty, as a set of (place, key within it or None)."""
    found = set()
    if tool == "check-jsonschema":
        for path, message in re.findall(r"(\$[^\s:]*): (.*)", said):
            place = "".join("/" + step for step in re.findall(r"[\w-]+", path))
            found.add((place, None))
            if "unexpected" in message:
                found |= {(place, key) for key in re.findall(r"'([\w-]+)'", message)}
    elif tool == "ajv-cli":
        for error in json.loads(said):
            found.add((error["instancePath"], error["params"].get("additionalProperty")))
    elif tool == "jsonschema-cli":
        pending = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        while pending:
            value = pending.pop()
            if isinstance(value, list):
                pending += value
            elif isinstance(value, dict):
                place = value.get("instanceLocation")
                for message in (value.get("errors") or {}).values() if place is not None else []:
                    found.add((place, None))
                    if "unexpected" in message:
                        found |= {(place, key) for key in re.findall(r"'([\w-]+)'", message)}
                pending += value.values()
    return found


def told(tool):
    """How many planted faults a tool tells, and how many of those with line and column."""
    lines = PLANTED.read_text().splitlines()
    planted = {number: line.split("# planted: ")[1] for number, line in enumerate(lines, 1) if "# planted: /" in line}
    assert len(planted) == 20
    command = COMMANDS[tool]
    with tempfile.TemporaryDirectory() as folder:
        file = str(PLANTED)
        if tool == "jsonschema-cli":
            # Its list of errors with places takes JSON alone.
            file = str(pathlib.Path(folder) / "planted.json")
            reader = str(TOOLS / "python/bin/python")
            text = subprocess.run(
                [reader, "-c", "import json, sys, ruamel.yaml\n"
                 "print(json.dumps(ruamel.yaml.YAML(typ='safe').load(sys.stdin)))"],
                check=True, capture_output=True, text=True, input=PLANTED.read_text(),
            )
            pathlib.Path(file).write_text(text.stdout)
            command = [*command[:-1], "--errors-only", "--output", "list", "-i"]
        if tool == "ajv-cli":
            command = [*command[:-1], "--errors=json", "-d"]
        result = subprocess.run([*command, file], capture_output=True, text=True)
    assert result.returncode == 1, result
    if tool == "restate-gen validate":
        at = {int(line) for line in re.findall(r"--> [^\n]*:(\d+):\d+", result.stderr)}
        unplanted = at - set(planted)
        assert not unplanted, f"restate-gen tells of lines without a fault: {unplanted}"
        return len(at & set(planted)), len(at & set(planted))
    said = result.stdout + result.stderr
    if tool == "ajv-cli":
        said = said[said.index("["):]
    found = named(said, tool)
    count = 0
    for place in planted.values():
        parent, _, key = place.rpartition("/")
        count += (place, None) in found or (parent, key) in found
    return count, 0


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for nodes in [5, 1000]:
            file = pathlib.Path(folder) / f"restate-cluster.{nodes}.yaml"
            file.write_text(listed(nodes))
            files.append(str(file))
        print("| tool | 5 listed nodes | 1,000 listed nodes | planted faults told, of 20 | with line and column |")
        print("|--|--|--|--|--|")
        counts = {}
        for tool, command in COMMANDS.items():
            cells = [f"{time:.3g} ms, {peak:.0f} MiB" for time, peak in (figures(command, file) for file in files)]
            counts[tool] = told(tool)
            print(f"| `{tool}` | {' | '.join(cells)} | {counts[tool][0]} | {counts[tool][1]} |", flush=True)
    if counts["restate-gen validate"] != (20, 20):
        sys.exit("restate-gen does not tell every planted fault")


main()
