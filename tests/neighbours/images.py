#!/usr/bin/env python3
"""Whether a registry has each image that generated files name: docs/images.txt, or the references that are given.

images.py                 needs the internet; asks docker.io, quay.io and docker.restate.dev
images.py REFERENCE...    these references alone, such as `localhost:5000/minio/minio:latest`

Ends with 1 when an image is missing or a registry does not answer as a registry does.
"""

import json
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

LIST = pathlib.Path(__file__).resolve().parents[2] / "docs/images.txt"
# Docker Hub's name is not that of the host which speaks the registry's API.
HOSTS = {"docker.io": "registry-1.docker.io"}
KINDS = ", ".join(
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]
)
SECONDS = 30


def parsed(reference):
    """Host, name and tag of a reference that names its registry."""
    host, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    if not name or not re.search(r"[.:]|^localhost$", host):
        raise ValueError(f"{reference} is not REGISTRY/NAME:TAG")
    return host, name, tag


def anonymous_token(challenge):
    """The token that a registry gives to everybody, by the challenge of its 401."""
    scheme, _, parameters = challenge.partition(" ")
    if scheme.lower() != "bearer":
        raise ValueError(f"the registry wants {scheme or 'a password'}, and no token")
    given = dict(re.findall(r'(\w+)="([^"]*)"', parameters))
    query = {key: given[key] for key in ("service", "scope") if key in given}
    with urllib.request.urlopen(f"{given['realm']}?{urllib.parse.urlencode(query)}", timeout=SECONDS) as answer:
        told = json.load(answer)
    return told.get("token") or told["access_token"]


def fault(reference):
    """What keeps the image from being pulled; None where nothing does."""
    try:
        host, name, tag = parsed(reference)
        scheme = "http" if re.match(r"(localhost|127\.0\.0\.1)(:|$)", host) else "https"
        request = urllib.request.Request(
            f"{scheme}://{HOSTS.get(host, host)}/v2/{name}/manifests/{tag}",
            method="HEAD",
            headers={"Accept": KINDS},
        )
        try:
            answer = urllib.request.urlopen(request, timeout=SECONDS)
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
            request.add_header("Authorization", f"Bearer {anonymous_token(error.headers.get('WWW-Authenticate', ''))}")
            answer = urllib.request.urlopen(request, timeout=SECONDS)
        with answer:
            # A page of a proxy or of a landing site is an answer too, and no image.
            kind = answer.headers.get_content_type()
            return None if kind in KINDS.split(", ") else f"the answer is no image but {kind}"
    except urllib.error.HTTPError as error:
        return "it is not there" if error.code == 404 else f"HTTP {error.code}"
    except (OSError, ValueError, KeyError) as error:
        return str(error)


def main(references):
    if not references:
        lines = LIST.read_text().splitlines()
        references = [line for line in lines if line and not line.startswith("#")]
    faults = 0
    for reference in references:
        found = fault(reference)
        faults += found is not None
        print(f"{reference}: {found or 'ok'}", flush=True)
    print(f"{len(references)} images, {faults} of them cannot be pulled")
    return 1 if faults or not references else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
