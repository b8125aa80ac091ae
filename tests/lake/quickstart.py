"""The quick start of docs/lake.md, word by word: what it prints is what the document says."""

import os
import re
import subprocess
from pathlib import Path


def check_quick_start(checks, binary: str, folder: Path):
    section = Path("docs/lake.md").read_text().split("\n## Quick start\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```(sh|text)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    others = {name: value for name, value in os.environ.items() if not name.startswith("LANDFALL_")} | {
        "LANDFALL_YES": "1"
    }
    environment = others | {"LANDFALL_DATA_DIR": str(folder / "quick-start"), "LANDFALL_LOG": "warn"}
    environment.pop("DATABASE_URL", None)
    # What a reader's shell does not have.
    environment.pop("PYTHONPATH", None)
    # Compiling for many rows takes longer than the few that there are.
    environment["JDK_JAVA_OPTIONS"] = "-XX:TieredStopAtLevel=1"
    compared = 0
    for number, (kind, text) in enumerate(blocks):
        if kind == "text":
            continue
        command = (
            text.replace("scripts/landfall", binary)
            .replace("/tmp/lake", f"{folder}/quick-lake")
            .replace("/tmp/coverage", f"{folder}/quick-coverage")
        )
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], stdout=subprocess.PIPE, text=True, env=environment
        )
        expected = (
            blocks[number + 1][1] if blocks[number + 1 : number + 2] and blocks[number + 1][0] == "text" else None
        )
        # Without an expectation, it has to succeed.
        found = (done.returncode, done.stdout if expected else None)
        checks.same("the quick start of docs/lake.md", "as it says", found, (0, expected), f"block {number + 1}")
        compared += expected is not None
    if compared < 3:
        raise SystemExit("the quick start has fewer outputs than it had: this compares nothing")
