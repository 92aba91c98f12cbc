#!/usr/bin/env python3
"""Real servers against tests/data/log-filters.tsv: `log_filters.py RESTATE_SERVER...`, with the path of each binary.

A server ends at once, because its port is taken; before that it has read the filter of its log, or has panicked. Fails
when a server does otherwise than the table says.
"""

import json
import pathlib
import socket
import subprocess
import sys
import tempfile

TABLE = pathlib.Path(__file__).parent.parent / "data" / "log-filters.tsv"


def verdict(server, text, port):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "restate.toml"
        escaped = "".join(f"\\U{ord(c):08X}" for c in text)
        file.write_text(
            f'log-filter = "{escaped}"\nroles = ["admin"]\nauto-provision = false\ndisable-telemetry = true\n'
            f'bind-address = "127.0.0.1:{port}"\nbase-dir = "{folder}/data"\nrocksdb-total-memory-size = "64MiB"\n'
        )
        run = subprocess.run([server, "--config-file", file], cwd=folder, capture_output=True, timeout=60)
    said = (run.stdout + run.stderr).decode(errors="replace")
    if "LogDirectiveParse" in said:
        return "panics"
    # What is logged of the port depends on the filter.
    is_other = any(word in said for word in ("panicked", "RT0002", "error: "))
    return f"ends otherwise: {said[-300:]}" if is_other else "read"


def main(servers):
    rows = [row.split("\t") for row in TABLE.read_text().splitlines()[1:]]
    wrong = 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for server in servers:
            for text, expected in rows:
                seen = verdict(server, json.loads(text), port)
                if seen != expected:
                    print(f"{server}: {text} should be {expected}: {seen}")
                    wrong += 1
            print(f"{server}: {len(rows)} filters")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
