#!/usr/bin/env python3
"""What an editor shows of a cluster file: the real yaml-language-server over its standard streams.

editor.py SERVER    SERVER is the program of `npm install yaml-language-server`; `restate-gen` is on the PATH
"""

import json
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 60


class Server:
    """The server and its end of the conversation."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen([program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.replies, self.diagnostics, self.last = queue.Queue(), queue.Queue(), 0
        threading.Thread(target=self.listen, daemon=True).start()
        self.ask("initialize", {
            "processId": None,
            "rootUri": folder.as_uri(),
            "capabilities": {"textDocument": {"completion": {"completionItem": {"snippetSupport": False}}}},
        })
        self.tell("initialized", {})
        # Nothing from the network: the file's first line says which schema is meant.
        self.tell("workspace/didChangeConfiguration", {"settings": {"yaml": {
            "validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False},
        }}})

    def listen(self):
        stream = self.process.stdout
        while True:
            length = 0
            while (line := stream.readline().strip()):
                name, _, value = line.partition(b": ")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                return
            message = json.loads(stream.read(length))
            if message.get("method") == "textDocument/publishDiagnostics":
                self.diagnostics.put(message["params"])
            elif "method" in message and "id" in message:
                # The server asks for the settings of a section; those sent already hold.
                items = message.get("params") or {}
                count = len(items.get("items", [])) if isinstance(items, dict) else 0
                self.send({"id": message["id"], "result": [None] * count if count else None})
            elif "id" in message:
                self.replies.put(message)

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        while True:
            reply = self.replies.get(timeout=PATIENCE)
            if reply["id"] == self.last:
                assert "error" not in reply, reply["error"]
                return reply["result"]

    def open(self, path, text):
        """Opens a file with that text, and gives back what is wrong with it as (line, message)."""
        path.write_text(text)
        self.tell("textDocument/didOpen", {"textDocument": {
            "uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text,
        }})
        while True:
            found = self.diagnostics.get(timeout=PATIENCE)
            if found["uri"] == path.as_uri():
                return [(one["range"]["start"]["line"], one["message"]) for one in found["diagnostics"]]

    def at(self, path, line, character):
        return {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": character}}

    def offers(self, path, line, character):
        result = self.ask("textDocument/completion", self.at(path, line, character))
        return {item["label"] for item in result["items"]}

    def hover(self, path, line, character):
        result = self.ask("textDocument/hover", self.at(path, line, character))
        # The server escapes what Markdown would take for a mark.
        return result["contents"]["value"].replace("\\", "") if result else ""


def main():
    schema = json.loads((ROOT / "schema/cluster.schema.json").read_text())
    definitions = schema["definitions"]
    interval = definitions["Snapshots"]["properties"]["interval"]["description"]
    checks = 0

    def check(name, holds, seen):
        nonlocal checks
        checks += 1
        if not holds:
            sys.exit(f"editor: {name}: {seen}")

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        subprocess.run(["restate-gen", "init", "-o", folder], check=True, stderr=subprocess.DEVNULL)
        written = (folder / "restate-cluster.yaml").read_text()
        first, _, _ = written.partition("\n")
        server = Server(sys.argv[1], folder)
        number = 0

        def opened(*lines):
            """A new file with the first line that `init` writes and these; the line before them has number 0."""
            nonlocal number
            number += 1
            path = folder / f"restate-cluster.{number}.yaml"
            return path, server.open(path, "\n".join([first, *lines, ""]))

        # The file of `init`.
        path = folder / "restate-cluster.yaml"
        found = server.open(path, written)
        check("the file of `init` is sound", found == [], found)
        line = written.splitlines().index("nodes: 3")
        hover = server.hover(path, line, 1)
        check("hover on `nodes`", "How many nodes, or a list" in hover, hover)

        # Completion.
        path, _ = opened("nodes: 3", "")
        offered = server.offers(path, 2, 0)
        missing = set(schema["properties"]) - {"nodes"} - offered
        check("every key of the file is offered", not missing, missing)
        for lines, at, expected in [
            (["object_store: "], (1, 14), {"minio", "seaweedfs"}),
            (["object_store:", "  kind: "], (2, 8), {"minio", "seaweedfs", "s3", "gcs", "azure"}),
            (["nodes:", "  - roles:", "      - "], (3, 8), {"http-ingress", "admin", "worker", "log-server", "metadata-server"}),
            (["nodes:", "  - roles: [worker, ]"], (2, 20), {"http-ingress", "admin", "log-server", "metadata-server"}),
            (["ports:", "  scheme: "], (2, 10), {"decimal", "sequential"}),
            (["telemetry: "], (1, 11), {"true", "false"}),
            (["metadata_servers: "], (1, 18), {"all"}),
            (["resources:", "  "], (2, 2), set(definitions["Resources"]["properties"])),
            (["snapshots:", "  "], (2, 2), {"destination", "interval", "retained"}),
            (["nodes:", "  - "], (2, 4), {"name", "id", "roles", "location", "ports", "resources", "count", "first_id"}),
            (["object_store:", "  kind: s3", "  "], (3, 2), {"region", "endpoint"}),
        ]:
            path, _ = opened(*lines)
            offered = server.offers(path, *at)
            check(f"completion in {lines}", expected <= offered, f"{sorted(expected - offered)} not in {sorted(offered)}")

        # Hover: the description, and what holds without the key.
        for lines, at, parts in [
            (["replication: 2"], (1, 3), ["How many copies of each log record"]),
            (["replication: {logs: 3}"], (1, 3), ["How many copies of each log record"]),
            (["partitions: 24"], (1, 3), ["Number of partitions", "Default `24`"]),
            (["name: orders"], (1, 1), ["Restate's cluster name", "Default `restate-cluster`"]),
            (["nodes:", "  - id: 1"], (1, 1), ["How many nodes, or a list of nodes", "Default `3`"]),
            (["metadata_servers: 3"], (1, 3), ["How many nodes join", "Default: twice"]),
            (["resources: {memory: 2GiB}"], (1, 13), ["Memory limit", "Default `2GiB`"]),
            (["resources: {memory: 2GiB}"], (1, 3), ["memory pools are derived"]),
            (["telemetry: true"], (1, 3), ["anonymous telemetry", "Default `true`"]),
            (["nodes:", "  - roles: [worker]"], (2, 6), ["Roles of the node. Default: every role"]),
            (["nodes:", "  - roles: [worker]"], (2, 13), ["Runs partitions"]),
            (["nodes:", "  - count: 3"], (2, 6), ["How many nodes"]),
            (["object_store:", "  kind: s3", "  region: eu"], (1, 3), ["Where snapshots are kept"]),
            (["object_store:", "  kind: s3", "  region: eu"], (3, 4), ["egion"]),
            (["snapshots: {interval: 10m}"], (1, 14), [interval]),
        ]:
            path, _ = opened(*lines)
            hover = server.hover(path, *at)
            for part in parts:
                check(f"hover in {lines}", part in hover, repr(hover))

        # Diagnostics: where, and that the value or key is named.
        for lines, at, part in [
            (["replicaton: 2"], 1, "replicaton"),
            (["nodes: 3", "resources:", "  memry: 2GiB"], 3, "memry"),
            (["nodes:", "  - prots: {}"], 2, "prots"),
            (["object_store: mino"], 1, "minio"),
            (["nodes: 0"], 1, "1"),
            (["telemetry: often"], 1, "boolean"),
            (["nodes:", "  - roles: [workers]"], 2, "worker"),
            (["resources: {memory: 2G}"], 1, "pattern"),
            (["object_store:", "  kind: s3", "  regoin: eu"], 3, "regoin"),
        ]:
            path, found = opened(*lines)
            holds = any(line == at and part in message for line, message in found)
            check(f"diagnostics of {lines}", holds, found)

        # The examples.
        for example in sorted(ROOT.glob("examples/*/restate-cluster.yaml")):
            path, found = opened(*example.read_text().splitlines())
            check(f"{example.parent.name} is sound", found == [], found)
        server.process.kill()
    print(f"editor: {checks} answers of yaml-language-server are as they should be")


main()
