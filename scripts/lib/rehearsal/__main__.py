"""Runs the rehearsal: see scripts/rehearse."""

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import settings
from .faults import FAULTS
from .program import Failure, Program
from .system import System
from .table import machine, phase_rows, quantile, render_checks, render_phases
from .verdict import Phase, course_checks, lost, stored_checks


def main():
    parser = argparse.ArgumentParser(prog="scripts/rehearse")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    arguments = parser.parse_args()
    # Root's Postgres runs as another user, who has to get there; and the path of its socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="landfall-rehearsal-", dir="/tmp"))
    folder.chmod(0o755)
    passed = False
    try:
        passed = asyncio.run(rehearse(folder, arguments))
    except Failure as failure:
        report(f"failed: {failure}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        report("interrupted")
        passed = None
    finally:
        shutil.rmtree(folder / "database", ignore_errors=True)
        if passed is False:
            report(f"what the programs said is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit({True: 0, False: 1, None: 130}[passed])


START = time.monotonic()


def report(line: str):
    print(f"{time.monotonic() - START:6.1f} s  {line}", file=sys.stderr, flush=True)


async def rehearse(folder: Path, arguments) -> bool:
    this = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    chosen = settings.short() if arguments.short else settings.full()
    system = System(folder, chosen, arguments.old.resolve(), arguments.new.resolve(), report)
    try:
        await system.start()
        phases = await cause_faults(system)
        report("waiting until everything has landed")
        await system.finish()
        checks = await stored_checks(system) + await course_checks(system, phases)
    finally:
        await system.abandon()
        await Program.end_all()
    present(system, phases, checks, arguments.json)
    return all(check.passed for check in checks)


async def cause_faults(system: System) -> list[Phase]:
    phases = []
    for fault in FAULTS:
        if not fault.is_possible():
            report(f"== skipped: {fault.name}, which takes root here")
            continue
        began = time.monotonic()
        report(f"== {fault.name}")
        await fault.cause(system)
        if not await system.until_well():
            system.unwell.append(fault.name)
        await asyncio.sleep(system.settings.calm)
        phases.append(Phase(fault.name, fault.may_lose_answers, began, time.monotonic()))
        report(f"   {len(lost(system, phases[-1]))} answers lost")
        if system.unwell:
            report("the system did not get well again: no other fault is tried")
            break
    return phases


def present(system: System, phases: list[Phase], checks, file: Path | None):
    rows = phase_rows(system, phases)
    waits = sorted(arrival.queryable - arrival.stored for arrival in system.dumps.arrivals if arrival.queryable)
    seconds = {"p50": quantile(waits, 0.5), "p99": quantile(waits, 0.99), "most": waits[-1]}
    print(render_phases(rows))
    print(
        "\nSeconds until a dump was queryable: "
        + ", ".join(f"{name} {value:.1f}" for name, value in seconds.items())
        + "\n"
    )
    print(render_checks(checks))
    reasons = {
        phase.fault: Counter(f"{answer.route}: {answer.fault}" for answer in lost(system, phase)) for phase in phases
    }
    print("\nAnswers lost:")
    for fault, counted in reasons.items():
        for reason, count in counted.most_common():
            print(f"  {fault}: {count} × {reason}")
    if file is not None:
        result = {
            "machine": machine(),
            "phases": rows,
            "seconds_until_queryable": seconds,
            "checks": [vars(check) | {"passed": check.passed} for check in checks],
            "answers_lost": reasons,
        }
        file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
