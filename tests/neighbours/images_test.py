#!/usr/bin/env python3
"""images.py against a registry on this machine that has some images, lacks others, and wants a token for some."""

import http.server
import json
import pathlib
import subprocess
import sys
import threading
import urllib.parse

SCRIPT = pathlib.Path(__file__).with_name("images.py")
INDEX = "application/vnd.oci.image.index.v1+json"


class Registry(http.server.BaseHTTPRequestHandler):
    """Has `open/image:there`, and `closed/image:there` for who brings the token of `closed/image`."""

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        asked = urllib.parse.parse_qs(url.query)
        if url.path == "/token" and asked.get("service") == ["fake"]:
            token = json.dumps({"token": asked["scope"][0]}).encode()
            return self.answer(200, {"Content-Type": "application/json"}, token)
        return self.answer(404, {})

    def do_HEAD(self):
        _, _, *name, _, tag = self.path.split("/")
        name = "/".join(name)
        if name == "broken/image":
            return self.answer(500, {})
        if name == "page/image":
            return self.answer(200, {"Content-Type": "text/html"})
        if name == "password/image":
            return self.answer(401, {"WWW-Authenticate": 'Basic realm="fake"'})
        scope = f"repository:{name}:pull"
        if name == "closed/image" and self.headers.get("Authorization") != f"Bearer {scope}":
            realm = f"http://{self.headers['Host']}/token"
            challenge = f'Bearer realm="{realm}",service="fake",scope="{scope}"'
            return self.answer(401, {"WWW-Authenticate": challenge})
        if tag != "there" or INDEX not in self.headers.get("Accept", ""):
            return self.answer(404, {})
        return self.answer(200, {"Content-Type": INDEX})

    def log_message(self, *_):
        pass


def run(*references):
    done = subprocess.run([sys.executable, SCRIPT, *references], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    there = [f"{host}/open/image:there", f"{host}/closed/image:there"]
    code, said = run(*there)
    assert code == 0 and said.endswith("2 images, 0 of them cannot be pulled\n"), said
    for reference, why in {
        f"{host}/open/image:gone": "it is not there",
        f"{host}/closed/image:gone": "it is not there",
        f"{host}/broken/image:there": "HTTP 500",
        f"{host}/page/image:there": "the answer is no image but text/html",
        f"{host}/password/image:there": "the registry wants Basic, and no token",
        "127.0.0.1:1/open/image:there": "refused",
        "minio/minio:latest": "minio/minio:latest is not REGISTRY/NAME:TAG",
    }.items():
        code, said = run(*there, reference)
        lines = said.splitlines()
        assert code == 1, f"{reference}: {said}"
        assert why in lines[2] and lines[3] == "3 images, 1 of them cannot be pulled", said
    print("images.py knows what is there, what is not, and what is no registry")


if __name__ == "__main__":
    main()
