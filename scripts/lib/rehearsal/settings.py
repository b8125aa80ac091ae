"""How long and how much; and what the stack on AWS says about connections."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# The options of the database's URL that end waiting for a silent host, as the stack has them.
CONNECTION_OPTIONS = ("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")


@dataclass(frozen=True)
class Settings:
    """All times in seconds."""

    # Without faults: before the first one, and after each once the system works again.
    calm: float
    # Between the end of a process and its deregistration.
    notice: float
    # Between that and the start of another in its place.
    replacement: float
    # For how long the balancer still sends requests to a server that is being deregistered.
    deregistration: float
    # --drain-period of the servers.
    drain: float
    # Between the loss of the primary and the promotion of the standby.
    promotion: float
    # For how long nothing gets through between clients and the database.
    silence: float
    # For how long the queue hides a message that a follower has received.
    visibility: int
    # Between two dumps.
    dump_interval: float
    days: int
    pools: int
    # Of connections to the database, those of CONNECTION_OPTIONS.
    connection: dict[str, int]
    # Requests a second for rates, and as many for spot prices.
    rate: float = 10
    batch_interval: float = 1
    batch_prices: int = 20


def full() -> Settings:
    return Settings(
        calm=15,
        notice=5,
        replacement=20,
        deregistration=8,
        drain=15,
        promotion=30,
        silence=45,
        visibility=60,
        dump_interval=3,
        days=250,
        pools=300,
        connection=deployed_connection(),
    )


def short() -> Settings:
    """The same course, faster, but for the silence: it has to be longer than anybody waits for a silent host."""
    return Settings(
        calm=2,
        notice=1,
        replacement=1,
        deregistration=2,
        drain=4,
        promotion=2,
        silence=36,
        visibility=20,
        dump_interval=1,
        days=250,
        pools=100,
        connection=deployed_connection(),
    )


def deployed_connection() -> dict[str, int]:
    """The options in the URL that pulumi/ gives to tasks."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "pulumi").glob("*.ts")))
    found = {}
    for option in CONNECTION_OPTIONS:
        values = set(re.findall(rf"\b{option}: ([0-9_]+)", text))
        if len(values) != 1:
            raise SystemExit(f"pulumi/*.ts has no single value of {option}: {sorted(values)}")
        found[option] = int(values.pop().replace("_", ""))
    return found
