"""Runs programs, and measures how long they take and how much memory."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Measured:
    seconds: float
    mib: float
    output: str


def run(command, environment, beside: tuple[int, ...] = (), **options) -> Measured:
    """The memory is the most that the program and all that it started had, with those `beside` and what they started meanwhile."""
    began = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, env=environment, **options)
    # The peak of each process, which the kernel keeps while it runs.
    peaks: dict[int, int] = {}
    while True:
        for pid in descendants((process.pid, *beside)):
            peaks[pid] = max(peaks.get(pid, 0), peak(pid))
        try:
            output, _ = process.communicate(timeout=0.05)
            break
        except subprocess.TimeoutExpired:
            pass
    seconds = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))[:300]} ended with {process.returncode}")
    return Measured(seconds, sum(peaks.values()) / 1024, output)


def middle(runs: list[Measured]) -> Measured:
    return Measured(median(run.seconds for run in runs), max(run.mib for run in runs), runs[0].output)


def descendants(roots) -> set[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The name, in parentheses, may have spaces.
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found, waiting = set(), list(roots)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    return found


def peak(pid: int) -> int:
    """KiB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)
