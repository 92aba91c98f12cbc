#!/usr/bin/env python3
"""Files made to fill the memory or the time of whoever reads them: `restate-gen validate` refuses each in a few lines.
And the largest ones that are taken, with what is generated from them.

Needs GNU time and a `restate-gen` on the PATH. Prints a table of elapsed time and peak memory; fails when a file is not
refused with the finding it should be, or takes more memory than MOST_MEBIBYTES. Of a program that is not optimized, the
memory of generating counts double.
"""

import pathlib
import subprocess
import sys
import tempfile

MOST_MEBIBYTES = 300
MEBIBYTE = 1 << 20


def laughs():
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)]
    return "a0: &a0 [x]\n" + "".join(levels)


BOMBS = {
    "a billion laughs: 29 lists of nine aliases each": ("RG010", laughs),
    "10,000 levels": ("RG011", lambda: "settings: " + "{a: " * 10_000 + "1" + "}" * 10_000),
    "4 MiB of `[`": ("RG011", lambda: "[" * (4 * MEBIBYTE)),
    "100 MiB of lines": ("RG002", lambda: ("#" + "x" * 62 + "\n") * (100 * MEBIBYTE // 64)),
    "100 MiB in one line": ("RG002", lambda: "name: " + "x" * (100 * MEBIBYTE)),
    "100,000 aliases of a text of 1 MiB": (
        "RG010", lambda: "settings: {a: &a " + "x" * MEBIBYTE + ", b: [" + "*a, " * 100_000 + "]}\n",
    ),
    "250,000 keys in one line": ("RG010", lambda: "{" + "".join(f"k{n}: 1, " for n in range(250_000)) + "}"),
    "20,000 groups of 1,000 nodes": ("RG027", lambda: "nodes:\n" + "- {count: 1000}\n" * 20_000),
    "1,000 groups of 1,000 nodes": ("RG024", lambda: "nodes:\n" + "- {count: 1000}\n" * 1_000),
    "a setting of 3 MiB for 1,000 nodes": (
        "RG027", lambda: 'nodes: 1000\nsettings: {log-filter: "' + "x" * (3 * MEBIBYTE) + '"}\n',
    ),
    "400,000 times the same key": ("RG007", lambda: "nodes: 1\n" * 400_000),
    "60,000 anchors and 100,000 unknown aliases": (
        "RG009",
        lambda: "settings:\n  a: [" + "".join(f"&k{n} 1, " for n in range(60_000)) + "]\n  b: [" + "*none, " * 100_000 + "]\n",
    ),
}


def largest():
    """Two settings of 30 KiB each, which every one of the most nodes has of its own on Nomad."""
    headers = "{" + ", ".join(f'x-h{n}: "{"v" * 1000}"' for n in range(30)) + "}"
    keys = ["worker.invoker.additional-request-headers", "tracing-headers"]
    return "nodes: 1000\nnomad: {one_host: true}\nsettings:\n" + "".join(f"  {key}: {headers}\n" for key in keys)


def measured(folder, *arguments):
    """Runs restate-gen; returns how it ended, the seconds and the mebibytes that it took."""
    # Both at once: what is said goes to a file, what was measured to another.
    measured = pathlib.Path(folder) / "measured"
    command = ["time", "-o", measured, "-f", "%e %M", "restate-gen", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    seconds, kibibytes = measured.read_text().split("\n")[-2].split()
    return result, float(seconds), int(kibibytes) / 1024


def main():
    print("| file | elapsed | peak memory | findings |")
    print("|--|--|--|--|")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "restate-cluster.yaml"
        for name, (code, text) in BOMBS.items():
            path.write_text(text())
            result, seconds, mebibytes = measured(folder, "validate", path)
            last = result.stderr.splitlines()[-1]
            print(f"| {name} | {seconds:.2f} s | {mebibytes:.0f} MiB | {last.split(': ')[-1]} |", flush=True)
            if result.returncode != 1 or f"error[{code}]" not in result.stderr:
                sys.exit(f"bombs: not refused with {code}: {result.stderr[:500]}")
            if mebibytes > MOST_MEBIBYTES:
                sys.exit(f"bombs: {mebibytes:.0f} MiB")
        path.write_text(largest())
        for verb in ("compose", "kubernetes", "nomad"):
            out = pathlib.Path(folder) / verb
            result, seconds, mebibytes = measured(folder, verb, "-q", "-f", path, "-o", out)
            written = sum(file.stat().st_size for file in out.iterdir() if file.is_file()) / MEBIBYTE
            print(f"| {verb}: 60 KiB of settings for 1,000 nodes | {seconds:.2f} s | {mebibytes:.0f} MiB | {written:.0f} MiB written |")
            if result.returncode != 0 or mebibytes > 2 * MOST_MEBIBYTES:
                sys.exit(f"bombs: {verb} took {mebibytes:.0f} MiB and said {result.stderr[-500:]}")


main()
