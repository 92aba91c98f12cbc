#!/usr/bin/env python3
"""The packages of a folder as the registries of npm and PyPI serve them, on a port of this machine, for tests.

registry.py FOLDER      prints its address and serves until it is killed
"""

import base64
import hashlib
import http.server
import json
import pathlib
import sys
import tarfile

FOLDER = pathlib.Path(sys.argv[1]).resolve()


def packument(name, address):
    """What npm is told of a package: every version of it in the folder."""
    versions = {}
    for path in sorted(FOLDER.glob("*.tgz")):
        with tarfile.open(path) as archive:
            manifest = json.load(archive.extractfile("package/package.json"))
        if manifest["name"] == name:
            digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
            dist = {"tarball": f"{address}/files/{path.name}", "integrity": f"sha512-{digest}"}
            versions[manifest["version"]] = {**manifest, "dist": dist}
    if not versions:
        return None
    return json.dumps({"name": name, "dist-tags": {"latest": list(versions)[-1]}, "versions": versions}).encode()


def simple(name):
    """The page of PyPI's simple index for a package."""
    stem = name.replace("-", "_")
    files = sorted(path.name for path in FOLDER.glob("*.whl") if path.name.split("-")[0] == stem)
    links = "".join(f'<a href="/files/{file}">{file}</a>\n' for file in files)
    return links.encode() if files else None


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET, and HEAD, by which uv asks how large a file is."""

    def do_GET(self):  # noqa: N802 (the name is the library's)
        path = self.path.split("?")[0].strip("/")
        address = f"http://127.0.0.1:{self.server.server_port}"
        kind, body = "application/octet-stream", None
        if path.startswith("files/"):
            file = FOLDER / pathlib.PurePosixPath(path).name
            body = file.read_bytes() if file.is_file() else None
        elif path.startswith("simple/"):
            kind, body = "text/html", simple(path.removeprefix("simple/"))
        else:
            kind, body = "application/json", packument(path, address)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body or b"")

    do_HEAD = do_GET  # noqa: N815 (the name is the library's)

    def log_message(self, *_):
        """Says nothing."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
