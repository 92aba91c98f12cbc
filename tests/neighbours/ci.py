#!/usr/bin/env python3
"""What docs/ci.md tells to put into CI: each file fits its system's schema, and each command does what it should.

ci.py           `restate-gen`, check-jsonschema and pre-commit are on the PATH; commands that install are passed over
ci.py install   they run too, from the last commit of this repository: takes minutes
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import ruamel.yaml  # check-jsonschema brings it

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = {
    ".github/workflows/action.yml": ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"],
    ".github/workflows/cluster.yml": ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"],
    ".gitlab-ci.yml": ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci"],
    ".pre-commit-config.yaml": ["pre-commit", "validate-config"],
}
INSTALLS = "install" in sys.argv[1:]


def snippets():
    """The files of the document, by name."""
    text = (ROOT / "docs/ci.md").read_text()
    found = {}
    for fence in re.findall(r"```yml\n(.*?)```", text, re.DOTALL):
        name = re.match(r"# (\S+)\n", fence).group(1)
        assert name not in found, f"{name} twice"
        found[name] = fence
    assert set(found) == set(CHECKS), f"docs/ci.md has {sorted(found)}"
    return found


def commands(name, content):
    """What a pipeline runs, in its order, and the files that it then hands over."""
    if name == ".gitlab-ci.yml":
        (job,) = (job for job in content.values() if "script" in job)
        reports = (job.get("artifacts") or {}).get("reports") or {}
        return job["script"], list(reports.values())
    (job,) = content["jobs"].values()
    given = [step.get("with") or {} for step in job["steps"]]
    return [step["run"] for step in job["steps"] if "run" in step], [
        options["sarif_file"] for options in given if "sarif_file" in options
    ]


def run(lines, folder):
    """The worst exit code of the commands, all of which run."""
    bin_folder = folder / "installed"
    environment = {
        **os.environ,
        "RESTATE_GEN": ROOT.as_uri(),
        "CARGO_INSTALL_ROOT": str(bin_folder),
        "PATH": f"{bin_folder}/bin:{os.environ['PATH']}",
    }
    worst = 0
    for line in lines:
        if "install" in line and not INSTALLS:
            continue
        result = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)
        assert result.returncode in (0, 1), f"{line}: {result.stderr}"
        worst = max(worst, result.returncode)
    return worst


def readable(path):
    """Whether a report is there and is of its kind."""
    text = path.read_text()
    if path.suffix == ".xml":
        return xml.etree.ElementTree.fromstring(text).tag in ("testsuites", "testsuite")
    report = json.loads(text)
    return report["version"] == "2.1.0" if path.suffix == ".sarif" else isinstance(report, list)


def main():
    count = 0
    for name, text in snippets().items():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
            subprocess.run([*CHECKS[name], name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            count += 1
            if name == ".pre-commit-config.yaml":
                # pre-commit.sh runs the hooks; here they have to be those that there are.
                hooks = ruamel.yaml.YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())
                (repository,) = ruamel.yaml.YAML(typ="safe").load(text)["repos"]
                assert {hook["id"] for hook in repository["hooks"]} <= {hook["id"] for hook in hooks}
                continue
            if name == ".github/workflows/action.yml":
                # tests/it/action.rs runs the action; here its inputs have to be those that there are.
                inputs = ruamel.yaml.YAML(typ="safe").load((ROOT / "action.yml").read_text())["inputs"]
                (job,) = ruamel.yaml.YAML(typ="safe").load(text)["jobs"].values()
                assert all(set(step.get("with", {})) <= set(inputs) for step in job["steps"])
                continue
            lines, reports = commands(name, ruamel.yaml.YAML(typ="safe").load(text))
            (folder / "restate-cluster.yaml").write_text("nodes: 3\n")
            for cluster, generated, expected in [
                ("nodes: 3\n", "nodes: 3\n", 0),
                # Errors; a warning alone; files that are not those of the cluster file.
                ("nodes: 3\nreplication: 4\n", "nodes: 3\n", 1),
                ("nodes: 2\n", "nodes: 2\n", 1),
                ("nodes: 5\n", "nodes: 3\n", 1),
            ]:
                (folder / "restate-cluster.yaml").write_text(generated)
                generate = ["restate-gen", "compose", "--new-cluster"]
                subprocess.run(generate, cwd=folder, check=True, stderr=subprocess.DEVNULL)
                (folder / "restate-cluster.yaml").write_text(cluster)
                for report in reports:
                    (folder / report).unlink(missing_ok=True)
                code = run(lines, folder)
                assert code == expected, f"{name}: exit {code} instead of {expected} for {cluster!r}"
                assert all(readable(folder / report) for report in reports), name
                count += 1
    print(f"ci: {count} checks of docs/ci.md passed")


main()
