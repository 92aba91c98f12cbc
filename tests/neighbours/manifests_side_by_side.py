#!/usr/bin/env python3
"""`restate-gen kubernetes` beside `kubectl kustomize` and `helm template`, each making the same objects.

manifests_side_by_side.py [NODES [RUNS]]    kubectl, helm, hyperfine, GNU time, PyYAML and a release build of restate-gen are on
                                            the PATH; NODES is 1000 and RUNS is 20 unless given

kustomize gets the files that restate-gen wrote, and helm a chart of the same files in which the number of nodes is a value and
the map of places a loop. Fails when one of the three makes other objects than the others. Prints a table of median elapsed time,
processor time and peak memory of whole processes.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

NODES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
RUNS = sys.argv[2] if len(sys.argv) > 2 else "20"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def objects(text):
    """The objects of a stream by kind and name; the Secret, which holds what was made up on the spot, by its keys alone."""
    found = {}
    for item in yaml.load_all(text, Loader=LOADER):
        if item:
            if item["kind"] == "Secret":
                item["data"] = sorted(item["data"])
            found[item["kind"], item["metadata"]["name"]] = item
    return found


def chart(manifests, folder):
    """The same files as a chart: the count of nodes is a value, and the map of places a loop."""
    templates = folder / "templates"
    templates.mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: restate\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(f"nodes: {NODES}\nstore: {{}}\n")
    for file in manifests.glob("*.yaml"):
        if file.name == "kustomization.yaml":
            continue
        text = file.read_text()
        assert "{{" not in text, f"{file.name} has what a template of Helm would read"
        if file.name == "nodes.yaml":
            head, rest = text.split("\ndata:\n", 1)
            _, tail = rest.split("---\n", 1)
            every = "http-ingress admin worker log-server".split()
            roles = ", ".join(f'"{role}"' for role in every)
            loop = (
                "{{- range $i := untilStep 1 (int (add1 .Values.nodes)) 1 }}\n"
                "  restate-{{ $i }}.toml: |\n"
                '    node-name = "restate-{{ $i }}"\n'
                "    force-node-id = {{ $i }}\n"
                f'    roles = [{roles}{{{{ if le $i 3 }}}}, "metadata-server"{{{{ end }}}}]\n'
                "{{- end }}\n"
            )
            text = head + "\ndata:\n" + loop + "---\n" + tail
            text = text.replace(f"replicas: {NODES}\n", "replicas: {{ .Values.nodes }}\n", 1)
        (templates / file.name).write_text(text)
    # The Secret, of the same file.
    labels = re.search(r"labels: (\{.*\})", (manifests / "kustomization.yaml").read_text()).group(1)
    namespace = re.search(r"namespace: (\S+)", (manifests / "kustomization.yaml").read_text()).group(1)
    (folder / "dotenv").write_text((manifests / ".env").read_text())
    (templates / "secret.yaml").write_text(
        "apiVersion: v1\nkind: Secret\ntype: Opaque\n"
        f"metadata:\n  name: restate-store\n  namespace: {namespace}\n  labels: {labels}\n"
        "data:\n{{- range $line := .Files.Lines \"dotenv\" }}\n{{- if regexMatch \"^[A-Z]\" $line }}\n"
        "  {{ (split \"=\" $line)._0 }}: {{ (splitn \"=\" 2 $line)._1 | b64enc }}\n{{- end }}\n{{- end }}\n"
    )


def figures(command):
    """Median milliseconds elapsed, median milliseconds of processor time, and peak MiB of one tool."""
    with tempfile.NamedTemporaryFile() as report:
        subprocess.run(
            ["hyperfine", "-N", "--warmup", "2", "--runs", RUNS, "--export-json", report.name, " ".join(command)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        result = json.load(report)["results"][0]
    peak = subprocess.run(["time", "-f", "%M", *command], check=True, capture_output=True, text=True).stderr
    return 1000 * result["median"], 1000 * (result["user"] + result["system"]), int(peak.splitlines()[-1]) / 1024


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        manifests = folder / "manifests"
        subprocess.run(["restate-gen", "kubernetes", "--nodes", str(NODES), "-o", str(manifests)], check=True, capture_output=True)
        chart(manifests, folder / "chart")
        commands = {
            "restate-gen kubernetes": ["restate-gen", "kubernetes", "--nodes", str(NODES), "-o", str(folder / "again")],
            "kubectl kustomize": ["kubectl", "kustomize", str(manifests)],
            "helm template": ["helm", "template", "restate", str(folder / "chart")],
        }
        made = {
            name: objects(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for name, command in commands.items()
            if name != "restate-gen kubernetes"
        }
        ours = "\n---\n".join(file.read_text() for file in sorted(manifests.glob("*.yaml")) if file.name != "kustomization.yaml")
        ours = objects(ours)
        for name, theirs in made.items():
            secrets = [key for key in theirs if key[0] == "Secret"]
            assert len(secrets) == 1, f"{name}: {secrets}"
            different = [key for key in ours if theirs.get(key) != ours[key]]
            assert not different and len(theirs) == len(ours) + 1, f"{name} makes other objects: {different}"
        print(f"| {NODES:,} nodes, {len(ours) + 1} objects | elapsed | processor time | peak memory |")
        print("|--|--|--|--|")
        for name, command in commands.items():
            elapsed, processor, peak = figures(command)
            print(f"| `{name}` | {elapsed:.3g} ms | {processor:.3g} ms | {peak:.0f} MiB |", flush=True)


if __name__ == "__main__":
    main()
