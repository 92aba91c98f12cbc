#!/usr/bin/env python3
"""What Cargo.toml says of the package, and packaging/platforms.tsv of its platforms. Needs Python 3.11, nothing else.

manifest.py matrix       the platforms as the JSON of a build matrix
manifest.py version      the version
manifest.py labels       the labels of the image, as options of a build
manifest.py notes        the section of CHANGELOG.md for the version
manifest.py check TAG REPOSITORY    whether a release of this tag, from this repository, is one of this manifest
"""

import csv
import json
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]


def manifest():
    """The `package` of Cargo.toml, with what it takes from the workspace."""
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    workspace = cargo["workspace"]["package"]
    package = cargo["package"]
    inherited = {key: workspace[key] for key, value in package.items() if value == {"workspace": True}}
    return {**package, **inherited}


def platforms():
    """The rows of the table."""
    with open(ROOT / "packaging/platforms.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def labels():
    """Those that a registry shows of an image, as options of `docker build`."""
    package = manifest()
    keys = {
        "title": "name",
        "description": "description",
        "version": "version",
        "licenses": "license",
        "source": "repository",
    }
    return [f"--label=org.opencontainers.image.{label}={package[key]}" for label, key in keys.items()]


def notes(version):
    """The section of the changelog for a version, without its title; none while it is unreleased."""
    sections = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]
    for section in sections:
        title, _, text = section.partition("\n")
        if title.split(" ")[0].strip("[]") == version:
            return text.strip() + "\n"
    return None


def faults(tag, repository):
    """Why a release of this tag from this repository would be wrong."""
    package = manifest()
    version = package["version"]
    if tag != f"v{version}":
        yield f"the tag is {tag}, and Cargo.toml has version {version}: tag v{version}, or change `version`"
    if repository != package["repository"]:
        yield (
            f"this repository is {repository}, and Cargo.toml has {package['repository']}:"
            " change `repository` there, so that the packages lead to where they come from"
        )
    if notes(version) is None:
        yield f"CHANGELOG.md has no section for {version}: name `Unreleased` after it, with the date"


def main(arguments):
    match arguments:
        case ["matrix"]:
            print(json.dumps({"include": platforms()}))
        case ["version"]:
            print(manifest()["version"])
        case ["labels"]:
            print("\n".join(labels()))
        case ["notes"]:
            text = notes(manifest()["version"])
            if text is None:
                sys.exit(f"CHANGELOG.md has no section for {manifest()['version']}")
            print(text, end="")
        case ["check", tag, repository]:
            found = list(faults(tag, repository))
            if found:
                sys.exit("\n".join(f"error: {fault}" for fault in found))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
