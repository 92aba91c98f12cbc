#!/usr/bin/env python3
"""`restate-gen compose` next to its floor: minijinja-cli, the same template engine, rendering the same node blocks from JSON
that has everything decided already. Whole processes, in turn, so that a slow moment of the machine hits both.

floor.py RESTATE_GEN MINIJINJA_CLI [RUNS]    RUNS is 40 unless given; needs PyYAML

Prints the median of each in milliseconds, `true` next to them, and the ratio to the floor. Then the other verbs on large
clusters, as ratios to `compose` of the same run.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
GENERATOR, ENGINE = sys.argv[1:3]
RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 40


def medians(commands):
    """Milliseconds of each command, run in turn after a warm-up."""
    times = {name: [] for name in commands}
    for run in range(RUNS + 2):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if run >= 2:
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(found) for name, found in times.items()}


def model(nodes, folder):
    """What the template of the floor takes, from what restate-gen writes."""
    text = subprocess.run([GENERATOR, "compose", "--nodes", str(nodes), "-o", "-"], check=True, capture_output=True, text=True).stdout
    document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    blocks = []
    for name, service in document["services"].items():
        if "RESTATE_NODE_NAME" not in (service.get("environment") or {}):
            continue
        limits = service["deploy"]["resources"]
        blocks.append({
            "name": name, "image": service["image"], "hostname": service["hostname"], "restart": service["restart"],
            "environment": [{"name": key, "value": value} for key, value in service["environment"].items()],
            "ports": service["ports"], "volumes": service["volumes"], "health_check": service["healthcheck"]["test"][1],
            "stop_grace_period": service["stop_grace_period"],
            "cpus": limits["limits"]["cpus"], "memory": limits["limits"]["memory"],
            "reserved_cpus": limits["reservations"]["cpus"], "reserved_memory": limits["reservations"]["memory"],
        })
    assert len(blocks) == nodes, (len(blocks), nodes)
    file = pathlib.Path(folder) / f"nodes-{nodes}.json"
    file.write_text(json.dumps({"project": document["name"], "nodes": blocks}))
    return str(file)


with tempfile.TemporaryDirectory() as folder:
    for nodes in (5, 1000):
        found = medians({
            "true": ["true"],
            "floor": [ENGINE, "--trim-blocks", "--lstrip-blocks", str(HERE / "floor.yaml.j2"), model(nodes, folder)],
            "compose": [GENERATOR, "compose", "--nodes", str(nodes), "-o", "-"],
        })
        ratio = found["compose"] / found["floor"]
        print(f"{nodes} nodes: " + ", ".join(f"{name} {value:.2f} ms" for name, value in found.items()) + f"; ratio {ratio:.2f}")

    large = pathlib.Path(folder) / "restate-cluster.yaml"
    large.write_text("name: restate-cluster\nnodes:\n" + "".join(f"  - {{id: {n}, name: restate-{n}, location: eu.a}}\n" for n in range(1, 1001)))
    counted = pathlib.Path(folder) / "counted.yaml"
    counted.write_text("nodes: 999\n")
    found = medians({
        "compose": [GENERATOR, "compose", "--nodes", "1000", "-o", "-"],
        "kubernetes": [GENERATOR, "kubernetes", "--nodes", "1000", "-o", "-"],
        "nomad": [GENERATOR, "nomad", "--nodes", "1000", "-o", "-"],
        "scale": [GENERATOR, "scale", "-f", str(counted), "--nodes", "1000"],
        "validate": [GENERATOR, "validate", str(large)],
    })
    for name, value in found.items():
        print(f"1000 nodes, {name}: {value:.1f} ms, {value / found['compose']:.2f} times compose")
