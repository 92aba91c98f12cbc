#!/usr/bin/env python3
"""Values on their way to the server, with the real readers at both ends: `read_back.py SECONDS [SEED]`.

Cluster files are made at random, with hostile names, settings and `.env`. What `restate-gen` accepts is generated for
every target and read by who reads it in earnest: `docker compose config`, `kubectl kustomize`, `nomad job run -output`, and
`restate-server --dump-config` for the variables that came out. Each value must arrive as it was written, and what holds
for every cluster must hold: no id, name, port or volume twice, the same metadata servers for all, one cluster name.
Readers that are missing are left out and named. Needs a `restate-gen` on the PATH; RESTATE_SERVER is the path of a server.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

PIECES = (
    "a", "Z", "7", " ", "\t", "\n", "'", '"', "\\", "\\n", "$", "$$", "${X}", "$(X)", "%{ if x }", "{{x}}", "{", "}", "[", "]",
    ",", "=", ": ", "#", " #", "- ", "&a", "*a", "|", "`", "~", "null", "true", "1.5", "0x1", "EOF", "\u00e9", "\u00fc\\",
    "\u65e5\u672c", "\U0001f600", "\u0085", "\u2028", "\ufeff", "\u007f",
)
NAMES = ["restate", "no", "1a", "007x", "true", "n-1", "x" * 40, "null", "2024", "0x1f", "on", "yes-1"]
TEXT = "worker.invoker.aws-assume-role-external-id"
CLUSTERS = "ingress.kafka-clusters"
HEADERS = "tracing-headers"
OPTIONS = "admin.query-engine.datafusion-options"


def variable(path):
    return "RESTATE_" + path.replace(".", "__").replace("-", "_").upper()


class Chance(random.Random):
    def text(self):
        return "".join(self.choice(PIECES) for _ in range(self.randint(0, 5)))

    def header(self):
        # What a header can hold is ASCII that can be seen, and blanks inside.
        text = "".join(c for c in self.text() if " " <= c <= "~").strip()
        return text or "v"

    def mostly(self, taken, refused):
        return self.choice(refused if self.random() < 0.08 else taken)

    def key(self):
        return self.choice(["x_a", "x.b", "x-c", "y_1.z"])

    def cluster(self):
        nodes = self.choice([self.randint(1, 5), None])
        if nodes is None:
            names = self.sample(NAMES, self.randint(1, 5))
            nodes = [{"id": 3 * index + 1, "name": name} for index, name in enumerate(names)]
        settings = {
            TEXT: self.text(),
            CLUSTERS: [{"name": "k", "brokers": ["b:9092"], "sasl.password": self.text(), self.key(): self.text()}],
            HEADERS: {self.key(): self.header()},
            OPTIONS: {"datafusion." + self.key(): self.text()},
            "log-filter": self.mostly(["warn", "warn,restate=info", "x[run{id=1}]=debug"], ["warn, restate=info", "info\n"]),
        }
        file = {"name": self.choice(["orders", "2024", "true", "1e3"]), "nodes": nodes, "settings": settings}
        s3 = {"kind": "s3", "region": self.mostly(["eu-central-1"], ["a\rb"])}
        file["object_store"] = self.choice(["minio", "seaweedfs", s3])
        destination = self.mostly(["s3://orders/snapshots", "s3://orders/a$b"], ["s3://orders/{{x}}", "s3://Orders/a"])
        file["snapshots"] = {"destination": destination}
        if self.random() < 0.3:
            file["ports"] = {"publish": self.choice([[], ["ingress"]])}
        # kustomize writes DEL as it is and does not read it again, and NEL, where PyYAML breaks the line.
        note = self.text().translate(dict.fromkeys(map(ord, "\x7f\x85\u2028\u2029")))
        file["kubernetes"] = {"pod_annotations": {"example.com/note": note}}
        file["compose"] = {"node": {"labels": {"note": self.text().replace("$", "$$")}}}
        file["nomad"] = {"one_host": True}
        return file

    def environment(self):
        lines = [
            "TZ=UTC", "export\tRESTATE_LOG_FILTER=debug", "NODE1_INGRESS_PORT_OVERRIDE='18080' # mine", "OTHER='a\nb' MORE=2",
            'MINIO_ROOT_PASSWORD="pa$$w\\\\ord\'s"', 'SNAPSHOT_SECRET_KEY="" # todo',
        ]
        lines = self.sample(lines, self.randint(0, 4)) + self.mostly([[]], [["x+y=1"], ["MINIO_ROOT_PASSWORD= # todo"]])
        return self.choice(["", "\ufeff"]) + "\n".join(lines) + "\n"


def run(command, folder, **more):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, **more)


def dump(folder, variables, configuration=None):
    env = {"PATH": os.environ["PATH"]} | {name: value for name, value in variables.items() if name.startswith("RESTATE_")}
    command = [os.environ["RESTATE_SERVER"], "--dump-config"]
    if configuration is not None:
        (folder / "restate.toml").write_text(configuration)
        command += ["--config-file", "restate.toml"]
    done = run(command, folder, env=env)
    assert done.returncode == 0, f"the server refuses {variables}: {done.stderr}"
    return tomllib.loads(done.stdout)


def holds(dumped, settings, where):
    for path, value in settings.items():
        at = dumped
        for key in path.split("."):
            at = at.get(key, {})
        for expected, read in zip(value, at) if isinstance(value, list) else [(value, at)]:
            if isinstance(expected, dict):
                read = {key: read.get(key) for key in expected}
            assert read == expected, f"{where}: {path} is {read!r} and should be {expected!r}"


def of_compose(file, folder, environment):
    nodes = set()
    (folder / ".env").write_text(environment)
    done = run(["restate-gen", "compose"], folder)
    if done.returncode:
        assert done.returncode == 1, done.stderr
        return None
    credentials = "AWS_ACCESS_KEY_ID=key\nAWS_SECRET_ACCESS_KEY=secret\n"
    with (folder / ".env").open("a") as opened:
        opened.write(credentials)
    done = run(["docker", "compose", "config", "--format", "json"], folder)
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    ports, found = set(), []
    for name, service in services.items():
        for port in service.get("ports", []):
            key = (port.get("host_ip"), port["published"])
            assert key not in ports, f"port {key} twice"
            ports.add(key)
        values = {key: value.replace("$$", "$") for key, value in (service.get("environment") or {}).items() if value is not None}
        if "RESTATE_FORCE_NODE_ID" in values:
            nodes.add(name)
            found.append(values)
            assert service["labels"]["note"] == file["compose"]["node"]["labels"]["note"]
    return found


def of_kubernetes(file, folder, _):
    done = run(["restate-gen", "kubernetes", "-o", "k8s"], folder)
    if done.returncode:
        assert done.returncode == 1, done.stderr
        return None
    with (folder / "k8s/.env").open("a") as opened:
        opened.write("AWS_ACCESS_KEY_ID=key\nAWS_SECRET_ACCESS_KEY=secret\n")
    done = run(["kubectl", "kustomize", "k8s", "-o", "all.yaml"], folder)
    assert done.returncode == 0, done.stderr
    import yaml

    found = []
    # A text is a text: kustomize leaves `=` without quotes, which is a type of its own in YAML 1.1.
    for document in yaml.load_all((folder / "all.yaml").read_text(), Loader=yaml.BaseLoader):
        if document["kind"] != "StatefulSet":
            continue
        template = document["spec"]["template"]
        containers = template["spec"]["containers"]
        values = {one["name"]: one["value"].replace("$$", "$") for one in containers[0].get("env", []) if "value" in one}
        if variable(TEXT) not in values:
            continue
        noted = template["metadata"]["annotations"]["example.com/note"]
        assert noted == file["kubernetes"]["pod_annotations"]["example.com/note"], noted
        found.append(values)
    return found


def of_nomad(_, folder, __):
    done = run(["restate-gen", "nomad", "-o", "nomad"], folder)
    if done.returncode:
        assert done.returncode == 1, done.stderr
        return None
    done = run(["nomad", "job", "run", "-output", "nomad/restate.nomad.hcl"], folder)
    assert done.returncode == 0, done.stderr
    groups = json.loads(done.stdout)["Job"]["TaskGroups"]
    return [task["Env"] for group in groups for task in group["Tasks"] if "RESTATE_FORCE_NODE_ID" in (task["Env"] or {})]


TARGETS = {"compose": ("docker", of_compose), "kubernetes": ("kubectl", of_kubernetes), "nomad": ("nomad", of_nomad)}


def main(seconds, seed):
    targets = {name: of for name, (reader, of) in TARGETS.items() if shutil.which(reader)}
    has_server = "RESTATE_SERVER" in os.environ
    print(f"seed {seed}; read for {', '.join(targets)}; {'with' if has_server else 'WITHOUT'} a server")
    chance, end, files, accepted, dumps = Chance(seed), time.monotonic() + seconds, 0, 0, 0
    while time.monotonic() < end:
        file, environment = chance.cluster(), chance.environment()
        files += 1
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "restate-cluster.yaml").write_text(json.dumps(file))
            said = run(["restate-gen", "validate"], folder)
            assert said.returncode in (0, 1), said.stderr
            try:
                for name, of in targets.items():
                    found = of(file, folder, environment)
                    if found is None:
                        continue
                    accepted += 1
                    if name != "kubernetes":
                        for key in ("RESTATE_FORCE_NODE_ID", "RESTATE_NODE_NAME"):
                            assert len({one[key] for one in found}) == len(found), f"{name}: {key} twice"
                    names = {one["RESTATE_CLUSTER_NAME"] for one in found}
                    assert names == {file["name"]}, f"{name}: {names}"
                    assert len({one.get("RESTATE_METADATA_CLIENT__ADDRESSES") for one in found}) == 1, name
                    if has_server:
                        one = {key: value for key, value in found[0].items() if not any(word in key for word in ("ADDRESS", "CONFIG"))}
                        settings = dict(file["settings"])
                        if name == "compose" and "RESTATE_LOG_FILTER=debug" in environment:
                            settings.pop("log-filter")
                        holds(dump(folder, one), settings, name)
                        dumps += 1
            except AssertionError as error:
                print(json.dumps(file), repr(environment), str(error)[:2000], sep="\n")
                return 1
    print(f"{files} files, {accepted} accepted for a target and read back, {dumps} of them by a server")
    return 0 if accepted else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)))
