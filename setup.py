"""What pre-commit installs for the hooks of `language: python`: the wheel of this version, and nothing of its own.

It is no way to build restate-gen. `cargo install --path .` does, and packaging/pypi has the wheel.
"""

import pathlib
import re

from setuptools import setup

MANIFEST = (pathlib.Path(__file__).parent / "Cargo.toml").read_text(encoding="utf-8")
VERSION = re.search(r'^version = "([^"]+)"$', MANIFEST, re.MULTILINE)[1]
NAME = re.search(r'^name = "([^"]+)"$', MANIFEST, re.MULTILINE)[1]

setup(
    name=f"{NAME}-hooks",
    version=VERSION,
    description="The pre-commit hooks of restate-gen: depends on its wheel",
    install_requires=[f"{NAME}=={VERSION}"],
    packages=[],
    py_modules=[],
)
