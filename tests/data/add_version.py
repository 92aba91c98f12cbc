#!/usr/bin/env python3
"""Takes a version of the server from npm to rows, goldens and tables: `tests/data/add_version.py 1.7.13`.

docs/adding-a-version.md says what it does and what is left to decide. Needs npm, cargo, and minutes of the whole machine.
`VALUES_OF=tls` measures only the values of settings with that in their path; the others stay those of the patch before.
"""

import os
import pathlib
import re
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FACTS = ROOT / "src" / "facts"
DATA = ROOT / "tests" / "data"
SERVERS = ROOT / "target" / "servers"
PACKAGE = "@restatedev/restate-server-linux-x64"


def main(version):
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        sys.exit(f"{version} is not a version: {__doc__}")
    server = fetched(version)
    add_release(version)
    dump = run([server, "--dump-config"], env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}, two_processors=True)
    (DATA / f"restate-server-defaults-{version}.toml").write_text(dump)
    left = update_defaults(version, dump)
    left += add_settings(version, dump)
    for test in ("keys::every_key", "every_value"):
        say(f"asks the server: {test}")
        cargo("values", "--", "--ignored", "--exact", test)
    say("writes goldens, pages and lists")
    written = {"INSTA_UPDATE": "always", "RESTATE_GEN_BLESS": "1"}
    cargo("it", may_fail=True, **written)
    # What compares with a list that was written just now passes the second time.
    passes = cargo("it", may_fail=True) and cargo("values", may_fail=True)
    print(run(["git", "-C", ROOT, "status", "--short"]), end="")
    for line in left:
        print(f"to decide: {line}")
    sys.exit(0 if passes and not left else 1)


def fetched(version):
    """The program of that version, out of its npm package."""
    folder = SERVERS / version
    program = folder / "restate-server"
    if not program.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        name = run(["npm", "pack", "--silent", f"{PACKAGE}@{version}"], cwd=folder).split()[-1]
        with tarfile.open(folder / name) as package:
            member = next(one for one in package if one.name.endswith("bin/restate-server"))
            program.write_bytes(package.extractfile(member).read())
        (folder / name).unlink()
        program.chmod(0o755)
    said = run([program, "--version"])
    if said.split()[1] != version:
        sys.exit(f"{program} says that it is {said}")
    return program


def add_release(version):
    table = FACTS / "releases.tsv"
    head, *known = table.read_text().splitlines()
    row = f"{version}\trun: the published server binary prints it with --version"
    known = [other for other in known if other.split("\t")[0] != version] + [row]
    known.sort(key=lambda line: order(line.split("\t")[0]))
    table.write_text("\n".join([head, *known]) + "\n")


def update_defaults(version, dump):
    """Splits the span of each default that this version does not have, and adds those that it has. Returns what is unsure."""
    head, rows = table("defaults.tsv")
    shown, following = flat(dump), next_known(version)
    kept, left = [], []
    for path, span, text, computed, source in rows:
        if not holds(span, version) or shown.get(path) == text:
            if holds(span, version):
                shown.pop(path)
            kept.append([path, span, text, computed, source])
            continue
        since, until = span.split("..")
        if order(since) < order(version):
            kept.append([path, f"{since}..{version}", text, computed, source])
        if following and holds(span, following):
            kept.append([path, f"{following}..{until}", text, computed, source])
        if computed != "-":
            left.append(f"{path} was computed from {computed}")
    until = following or ""
    kept += [[path, f"{version}..{until}", text, "-", f"dump {version}"] for path, text in shown.items()]
    left += [f"the new default of {path} is {text}: computed from another setting?" for path, text in shown.items()]
    kept.sort(key=lambda row: (row[0], order(row[1].split("..")[0])))
    save("defaults.tsv", head, kept)
    return left


def add_settings(version, dump):
    """Adds the keys of the dump that no row reads in this version."""
    head, rows = table("settings.tsv")
    kinds = {row[0]: row[1] for row in rows if any(holds(span, version) for cell in row[2:4] for span in spans(cell))}
    # The keys of a map are the user's.
    in_map = {path for path in flat(dump) if kinds.get(path.rpartition(".")[0]) == "map"}
    new = {path: text for path, text in flat(dump).items() if path not in kinds and path not in in_map}
    by_path = {row[0]: row for row in rows}
    for path, text in new.items():
        span = f"{version}..{next_known(version) or ''}"
        row = by_path.setdefault(path, [path, kind_of(text), "-", "-", f"dump {version}"])
        row[3] = span if row[3] == "-" else f"{row[3]},{span}"
    save("settings.tsv", head, sorted(by_path.values(), key=lambda row: row[0]))
    return [f"{path} is new, and read as {by_path[path][1]}" for path in new]


def kind_of(text):
    """The kind of setting that has such a default."""
    forms = {
        "boolean": r"true|false",
        "integer": r"\d+",
        "float": r"\d+\.\d+",
        "bytes>0": r"[\d.]+ ?[KMGT]?i?B",
        "duration>0": r"(\d+(ms|s|m|h|d) ?)+",
        "url": r"https?://.*",
    }
    return next((kind for kind, form in forms.items() if re.fullmatch(form, text)), "text")


def flat(dump):
    """Each key of a dump with its value as text."""
    keys, section = {}, ""
    for line in dump.replace("[\n    ", "[").replace(",\n    ", ", ").replace(",\n]", "]").splitlines():
        if line.startswith("["):
            section = line.strip("[]") + "."
        elif line:
            key, value = line.split(" = ", 1)
            keys[section + key] = value.strip('"')
    return keys


def order(version):
    return [int(number) for number in version.split(".")]


def next_known(version):
    """The oldest known version that is newer; none for the newest."""
    known = [line.split("\t")[0] for line in (FACTS / "releases.tsv").read_text().splitlines()[1:]]
    return next((other for other in known if order(other) > order(version)), None)


def spans(cell):
    return [] if cell == "-" else cell.split(",")


def holds(span, version):
    since, until = span.split("..")
    return order(since) <= order(version) and (not until or order(version) < order(until))


def table(name):
    lines = (FACTS / name).read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    return head, [line.split("\t") for line in lines if line and not line.startswith("#")]


def save(name, head, rows):
    (FACTS / name).write_text("\n".join(head + ["\t".join(row) for row in rows]) + "\n")


def run(command, two_processors=False, **options):
    if two_processors:
        command = ["taskset", "--cpu-list", "0,1", *command]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def cargo(test, *arguments, may_fail=False, **environment):
    environment = os.environ | {"RESTATE_SERVERS": str(SERVERS)} | environment
    done = subprocess.run(["cargo", "test", "--quiet", "--test", test, *arguments], cwd=ROOT, env=environment)
    if done.returncode and not may_fail:
        sys.exit(f"the test {test} failed")
    return done.returncode == 0


def say(text):
    print(f"== {text}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
