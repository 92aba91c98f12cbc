#!/usr/bin/env python3
"""What Docker Compose reads in `.env` files made at random: `dotenv.py SEED COUNT >TABLE`.

A row is the text of a file and what `docker compose config` takes from it, both as JSON: an object of its variables, or
null where Compose refuses the file. `tests/it/dotenv.rs` holds our reader to tests/data/dotenv.tsv, and to the file
that DOTENV_TABLE names. Needs Docker Compose 2.17 or newer, and no engine.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

NAMES = ["AA", "BB", "CC"]
UNSET = "<unset>"

# Written by hand: what people write, and what was read otherwise before.
WRITTEN = [
    "", "\n", "AA=1", "AA=1\n", "AA = 1 \n", "AA: 1\n", "AA:1\n", "export AA=1\n", "export\tAA=1\n", "export  AA = 1\n",
    "exportAA=1\n", "export=1\nAA=2\n", "\ufeffAA=1\n", "\ufeff#AA=1\nBB=2\n", "AA=\n", "AA=''\n", 'AA=""\n', "AA= # todo\n",
    'AA="" # todo\n', "AA=# todo\n", "AA=1 # todo\n", "AA=1# todo\n", "AA=1\t# todo\n", "AA='1' # todo\n", "AA='1'# todo\n",
    "AA='1' BB=2\n", 'AA="1" BB="2" CC=3\n', "AA='1'BB=2\n", "AA='a\nb'\nBB=2\n", "AA='a\n# b'\n", "AA='it\\'s'\n",
    "AA='a\\\\'\nBB=2\n", "AA='a\\b'\n", 'AA="a\\"b"\n', 'AA="a\\\\"\nBB=2\n', 'AA="a\\nb"\n', 'AA="a\\tb\\q\\a"\n', 'AA="\\$BB"\n',
    "AA=$$BB\n", "AA=a$\n", "AA=a$5\n", "AA=a$-b\n", "AA=pa$$word\n", 'AA="pa$$word"\n', "AA='pa$word'\n", 'AA="\\\\\\$x"\n',
    "AA='\n", 'AA="x\n', "AA=x'y\n", 'AA=x"y\n', "AA=1\nAA=2\n", "AA=1\nAA=\n", "AA\nBB=2\n", "AA", "my+name=1\nAA=1\n",
    "A B=1\nAA=1\n", "a.b=1\nAA=1\n", "a-b[0]=1\nAA=1\n", "1A=1\nAA=1\n", "=1\nAA=2\n", "AA==1\n", "AA=a=b\n", "AA=a:b\n", "AA=a b\n",
    "AA=\ta\n", "AA=a\\\n", "AA=a\\nb\n", "AA=${=}\n", "AA=${\n", "AA=$(date)\n", "AA=`date`\n", "AA=1\r\nBB=2\r\n", "AA='1'\r\n",
    "AA=\u00a01\u00a0\n", "AA=Z\u00fcrich\n", "\u00fc=1\nAA=1\n", "#AA=1\n", " #AA=1\nBB=1\n", "  AA=1\n", "\n\nAA=1\n", "AA='1'=2\n",
    "AA='1' x\nBB=2\n", "AA='1' x+y\nBB=2\n", 'AA="{\\"a\\": 1}"\n', "AA='{\"a\": \"b\\nc\"}'\n", 'AA="\\0101\\012\\0"\n', 'AA="\\c\\x41"\n',
]
PIECES = ["x", "1", " ", "\t", "\\", "\\\\", "\\n", "\\'", '\\"', "\\$", "$$", "$", "#", " #", "=", ":", "'", '"', "{", "}", "\n", "\u00fc", "+"]


def made(seed, count):
    chance = random.Random(seed)

    def line():
        quote = chance.choice(["", "", "'", '"'])
        value = "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 4)))
        start = chance.choice(["", "", "export ", "  ", "#"])
        equals = chance.choice(["=", "=", "=", ": ", " = "])
        end = chance.choice(["\n", "\n", " # y\n", "#y\n", "\r\n", " BB=2\n"])
        return start + chance.choice(NAMES) + equals + quote + value + quote + end

    for _ in range(count):
        yield "".join(line() for _ in range(chance.randint(1, 2)))


def read(folder, text):
    (folder / ".env").write_bytes(text.encode())
    run = subprocess.run(
        ["docker", "compose", "config", "--format", "json"], cwd=folder, capture_output=True, text=True, env=ENVIRONMENT
    )
    if run.returncode:
        return None
    values = json.loads(run.stdout)["services"]["a"]["environment"]
    values = {name: value.replace("$$", "$") for name, value in values.items()}
    return {name: value for name, value in values.items() if value != UNSET}


ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def main(seed, count):
    print("text\tvariables")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        variables = "".join(f"      {name}: ${{{name}-{UNSET}}}\n" for name in NAMES)
        (folder / "compose.yaml").write_text(f"services:\n  a:\n    image: a\n    environment:\n{variables}")
        texts = WRITTEN + list(made(seed, count))
        # A variable in a value is for when Compose runs: our reader leaves it open, and the test knows no answer.
        for text in dict.fromkeys(texts):
            print(json.dumps(text), json.dumps(read(folder, text)), sep="\t", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
