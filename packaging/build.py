#!/usr/bin/env python3
"""Makes every package of restate-gen for one platform, from one build of the program. See packaging/README.md.

build.py [--target TRIPLE] [--out FOLDER] [PART...]

Parts: archive, deb, wheel, npm, image; launcher, the npm package for all platforms; sbom, the list of crates, from a
wheel in the folder; sums, the checksums of what is in it. Without any, all of them that this platform has. FOLDER is
target/packages unless it is given.
"""

import argparse
import functools
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib
import zipfile

from manifest import ROOT, labels, manifest, platforms

PACKAGE = manifest()
NAME, VERSION = PACKAGE["name"], PACKAGE["version"]
# The same bytes from the same program: files in packages have the time of the commit.
TIME = int(
    os.environ.get("SOURCE_DATE_EPOCH")
    or subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=ROOT, text=True)
)


def run(*command, **options):
    """Runs a command; its failure is ours."""
    print("+", *command, file=sys.stderr)
    return subprocess.run([str(word) for word in command], check=True, **options)


def environment():
    """What cargo gets: static programs, so that one runs on every Linux, and on Windows without a runtime."""
    return {**os.environ, "RUSTFLAGS": "-C target-feature=+crt-static"}


def host():
    """The platform of this machine."""
    words = subprocess.check_output(["rustc", "-vV"], text=True).split()
    return words[words.index("host:") + 1]


class Build:
    """One platform's program, and where its packages go."""

    def __init__(self, target, out):
        found = [row for row in platforms() if row["target"] == target]
        if not found:
            sys.exit(f"packaging/platforms.tsv has no row for {target}")
        self.row, self.target, self.out = found[0], target, out
        self.is_windows, self.is_linux = "windows" in target, "linux" in target
        self.file = NAME + (".exe" if self.is_windows else "")
        self.stage = out / "stage" / target
        shutil.rmtree(self.stage, ignore_errors=True)
        self.stage.mkdir(parents=True)

    @functools.cached_property
    def program(self):
        """The program, which is built when the first part needs it."""
        command = ["cargo", "build", "--release", "--locked", "--target", self.target, "--package", NAME, "--bin", NAME]
        run(*command, cwd=ROOT, env=environment())
        return self.target_folder() / self.target / "release" / self.file

    @staticmethod
    def target_folder():
        """Cargo's, wherever it was put."""
        command = ["cargo", "metadata", "--no-deps", "--format-version=1", "--offline"]
        return pathlib.Path(json.loads(subprocess.check_output(command, cwd=ROOT))["target_directory"])

    def said(self, *arguments):
        """What the program prints."""
        return subprocess.check_output([self.program, *arguments])

    def extras(self):
        """Manual page and completions, by name."""
        return {
            f"{NAME}.1": self.said("man"),
            f"{NAME}.bash": self.said("completions", "bash"),
            f"_{NAME}": self.said("completions", "zsh"),
            f"{NAME}.fish": self.said("completions", "fish"),
        }

    def archive(self):
        """For those who put it onto the PATH themselves."""
        top = f"{NAME}-{VERSION}-{self.target}"
        files = {self.file: self.program.read_bytes()}
        files |= {name: (ROOT / name).read_bytes() for name in ("LICENSE", "README.md", "CHANGELOG.md")}
        files |= {f"completions/{name}": text for name, text in self.extras().items() if not name.endswith(".1")}
        files[f"man/{NAME}.1"] = self.said("man")
        if self.is_windows:
            with zipfile.ZipFile(self.out / f"{top}.zip", "w") as archive:
                for name, content in files.items():
                    entry = zipfile.ZipInfo(f"{top}/{name}", time.gmtime(TIME)[:6])
                    archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
            return
        with open(self.out / f"{top}.tar.gz", "wb") as raw, gzip.GzipFile("", "wb", mtime=TIME, fileobj=raw) as packed:
            with tarfile.open(fileobj=packed, mode="w") as archive:
                for name, content in files.items():
                    entry = tarfile.TarInfo(f"{top}/{name}")
                    entry.size, entry.mtime, entry.mode = len(content), TIME, 0o755 if name == self.file else 0o644
                    archive.addfile(entry, io.BytesIO(content))

    def deb(self):
        """By dpkg-deb, which every Debian has: the program needs no other package."""
        root = self.stage / "deb"
        extras = self.extras()
        files = {
            f"usr/bin/{NAME}": self.program.read_bytes(),
            f"usr/share/man/man1/{NAME}.1.gz": gzip.compress(extras[f"{NAME}.1"], mtime=TIME),
            f"usr/share/bash-completion/completions/{NAME}": extras[f"{NAME}.bash"],
            f"usr/share/zsh/vendor-completions/_{NAME}": extras[f"_{NAME}"],
            f"usr/share/fish/vendor_completions.d/{NAME}.fish": extras[f"{NAME}.fish"],
            f"usr/share/doc/{NAME}/copyright": (ROOT / "LICENSE").read_bytes(),
            f"usr/share/doc/{NAME}/changelog.gz": gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=TIME),
        }
        size = sum(len(content) for content in files.values())
        # `~` sorts before the version, as `-` does in Cargo's: 0.2.0~rc.1 comes before 0.2.0.
        version = VERSION.replace("-", "~")
        control = {
            "Package": NAME,
            "Version": version,
            "Architecture": self.row["arch"],
            "Maintainer": f"{PACKAGE['authors'][0]} <{PACKAGE['repository']}>",
            "Installed-Size": str(size // 1024 + 1),
            "Section": "admin",
            "Priority": "optional",
            "Homepage": PACKAGE["repository"],
            "Description": PACKAGE["description"],
        }
        files["DEBIAN/control"] = "".join(f"{key}: {value}\n" for key, value in control.items()).encode()
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o755 if path.parent.name == "bin" else 0o644)
        for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
            folder.chmod(0o755)
        deb = self.out / f"{NAME}_{version}_{self.row['arch']}.deb"
        env = {**os.environ, "SOURCE_DATE_EPOCH": str(TIME)}
        run("dpkg-deb", "--root-owner-group", "--build", root, deb, env=env, stdout=subprocess.DEVNULL)

    def wheel(self):
        """By maturin, which finds the program built; on Linux it runs with any C library."""
        project = ROOT / "packaging/pypi"
        tools = self.out / "tools"
        maturin = tools / ("Scripts" if os.name == "nt" else "bin") / "maturin"
        if not maturin.with_suffix(".exe" if os.name == "nt" else "").exists():
            pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
            requires = pyproject["build-system"]["requires"]
            run(sys.executable, "-m", "venv", tools)
            run(maturin.parent / "python", "-m", "pip", "install", "--quiet", *requires, "wheel")
        folder = self.stage / "wheel"
        tags = ["--compatibility", "manylinux_2_17"] if self.is_linux else []
        # The wheel takes it from the folder of its project only.
        shutil.copy(ROOT / "LICENSE", project)
        command = [maturin, "build", "--release", "--locked", "--target", self.target, "--out", folder, *tags]
        run(*command, cwd=project, env=environment())
        (wheel,) = folder.glob("*.whl")
        if self.is_linux:
            # maturin knows no program that runs with both, and static ones do.
            tag = f"+musllinux_1_1_{self.target.split('-')[0]}"
            command = [maturin.parent / "python", "-m", "wheel", "tags", "--remove", f"--platform-tag={tag}", wheel]
            run(*command, stdout=subprocess.DEVNULL)
            (wheel,) = folder.glob("*.whl")
        shutil.move(wheel, self.out / wheel.name)

    def sbom(self):
        """The list of crates in CycloneDX, which maturin put into the wheel."""
        wheel = min(self.out.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".cyclonedx.json"))
            (self.out / f"{NAME}-{VERSION}.cdx.json").write_bytes(archive.read(name))

    def npm(self):
        """The package that has this platform's program."""
        platform = self.row["npm"]
        system, cpu = platform.split("-")
        folder = self.stage / "npm"
        folder.mkdir()
        shutil.copy(self.program, folder / self.file)
        description = f"The program of {NAME} for {platform}"
        text = f"# {NAME}-{platform}\n\n{description}: install [{NAME}]({PACKAGE['repository']}).\n"
        fields = {"name": f"{NAME}-{platform}", "description": description, "os": [system], "cpu": [cpu]}
        self.pack(folder, text, {**fields, "files": [self.file], "preferUnplugged": True})

    def pack(self, folder, readme, fields):
        """A package of npm, from what is in the folder."""
        common = {
            "version": VERSION,
            "license": PACKAGE["license"],
            "homepage": PACKAGE["repository"],
            "repository": {"type": "git", "url": f"git+{PACKAGE['repository']}.git"},
        }
        (folder / "package.json").write_text(json.dumps({**fields, **common}, indent=2) + "\n", encoding="utf-8")
        (folder / "README.md").write_text(readme, encoding="utf-8")
        shutil.copy(ROOT / "LICENSE", folder)
        npm = shutil.which("npm") or sys.exit("npm is not on the PATH")
        run(npm, "pack", "--silent", "--pack-destination", self.out, cwd=folder, stdout=subprocess.DEVNULL)

    def launcher(self):
        """The package that people install: it depends on the one of their platform."""
        folder = self.stage / "launcher"
        folder.mkdir()
        shutil.copy(ROOT / "packaging/npm/launcher.js", folder)
        fields = {
            "name": NAME,
            "description": PACKAGE["description"],
            "keywords": PACKAGE["keywords"],
            "bin": {NAME: "launcher.js"},
            "files": ["launcher.js"],
            "engines": {"node": ">=18"},
            "optionalDependencies": {f"{NAME}-{row['npm']}": VERSION for row in platforms()},
        }
        self.pack(folder, (ROOT / "README.md").read_text(encoding="utf-8"), fields)

    def image(self):
        """Into the Docker engine of this machine, as NAME:VERSION."""
        folder = self.stage / "image"
        (folder / self.row["arch"]).mkdir(parents=True)
        shutil.copy(self.program, folder / self.row["arch"])
        for file in ("LICENSE", "packaging/Dockerfile"):
            shutil.copy(ROOT / file, folder)
        arch = f"--build-arg=TARGETARCH={self.row['arch']}"
        run("docker", "build", "--quiet", "--tag", f"{NAME}:{VERSION}", arch, *labels(), folder)

    def sums(self):
        """Of all files in the folder, as `sha256sum --check` reads them."""
        files = sorted(path for path in self.out.iterdir() if path.is_file() and path.name != "SHA256SUMS")
        lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
        (self.out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--target")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("parts", nargs="*")
    arguments = parser.parse_args()
    target = arguments.target or host()
    out = (arguments.out or Build.target_folder() / "packages").resolve()
    parts = arguments.parts
    if not parts:
        parts = ["archive", "wheel", "sbom", "npm", "launcher"]
        if "linux" in target:
            parts += ["deb"]
            engine = shutil.which("docker") and subprocess.run(["docker", "version"], capture_output=True, check=False)
            if engine and engine.returncode == 0:
                parts += ["image"]
            else:
                print("no image: no Docker engine answers", file=sys.stderr)
        parts += ["sums"]
    build = Build(target, out)
    for part in parts:
        getattr(build, part)()
    for path in sorted(path for path in out.iterdir() if path.is_file()):
        print(path)


if __name__ == "__main__":
    main()
