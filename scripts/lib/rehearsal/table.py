"""The result, as a Markdown table, which is readable on a terminal too."""

import math
import os
import platform
import time
from pathlib import Path

from .system import System
from .verdict import Check, Phase, answers, lost, unavailability


def phase_rows(system: System, phases: list[Phase]) -> list[dict]:
    rows = []
    for phase in phases:
        gaps = unavailability(system, phase)
        arrived = [arrival for arrival in system.dumps.arrivals if phase.began <= arrival.stored < phase.ended]
        waits = sorted(arrival.queryable - arrival.stored for arrival in arrived if arrival.queryable is not None)
        rows.append(
            {
                "fault": phase.fault,
                "seconds": phase.ended - phase.began,
                "requests": len(answers(system, phase)),
                "answers_lost": len(lost(system, phase)),
                "without_rates": gaps["/rates"],
                "without_spot": gaps["/v1/spot"],
                "without_batches": gaps["/rates/batches"],
                "dumps": len(arrived),
                "queryable_p50": quantile(waits, 0.5),
                "queryable_max": waits[-1] if waits else None,
            }
        )
    return rows


HEADS = {
    "fault": "Fault",
    "seconds": "Seconds",
    "requests": "Requests",
    "answers_lost": "Answers lost",
    "without_rates": "Seconds without `/rates`",
    "without_spot": "… without `/v1/spot`",
    "without_batches": "… without a batch stored",
    "dumps": "Dumps",
    "queryable_p50": "Seconds until queryable, p50",
    "queryable_max": "… most",
}


def render_phases(rows: list[dict]) -> str:
    return render([list(HEADS.values())] + [[text(row[field]) for field in HEADS] for row in rows])


def render_checks(checks: list[Check]) -> str:
    lines = [["Count", "Found", "Expected", ""]]
    lines += [[check.name, str(check.found), str(check.wanted), "" if check.passed else "FAILED"] for check in checks]
    return render(lines)


def render(lines: list[list[str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    padded.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)


def text(value) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def quantile(waits: list[float], ratio: float) -> float | None:
    return waits[math.ceil(ratio * len(waits)) - 1] if waits else None


def machine() -> dict:
    """What it ran on."""
    model = platform.machine()
    memory = 0
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            memory = round(int(line.split()[1]) / 1024**2)
    return {"processor": model, "cores": os.cpu_count(), "memory_gib": memory, "date": time.strftime("%Y-%m-%d")}
