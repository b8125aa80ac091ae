"""What is in the database, held against the model."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC

from .load import longest_gap
from .model import freight_prices, spot_rows
from .system import PORTS_AND_PRICES, System


@dataclass(frozen=True)
class Check:
    name: str
    found: int
    wanted: int

    @property
    def passed(self) -> bool:
        return self.found == self.wanted


@dataclass(frozen=True)
class Phase:
    """A fault, from its beginning to that of the next one."""

    fault: str
    may_lose_answers: bool
    began: float
    ended: float


async def stored_checks(system: System) -> list[Check]:
    query = system.database.primary.query
    delivered = system.dumps.delivered()
    wanted = spot_rows(delivered)
    rows = await query(
        "SELECT account_id, region, availability_zone, instance_type, product_description, timestamp, price"
        " FROM spot_prices"
    )
    found = Counter((*row[:5], row[5].astimezone(UTC)) for row in rows)
    prices = {(*row[:5], row[5].astimezone(UTC)): row[6] for row in rows}

    sender = system.sender
    wanted_rates = freight_prices(PORTS_AND_PRICES) + sender.expected()
    found_rates = Counter(await query("SELECT orig_code, dest_code, day, price FROM freight_rates"))
    landed = dict(await query("SELECT feed, count(*) FROM ledger WHERE status = 'landed' GROUP BY feed"))
    ((others,),) = await query("SELECT count(*) FROM ledger WHERE status <> 'landed'")
    absent = [key for key in sender.acknowledged if Counter(sender.sent[key]) - found_rates]
    surplus = found_rates - wanted_rates - sender.unacknowledged()
    return [
        Check("rows of spot prices", len(rows), len(wanted)),
        Check("… lost", len(wanted.keys() - found.keys()), 0),
        Check("… doubled, or of no dump", len(rows) - len(wanted.keys() & found.keys()), 0),
        Check("… with another price", sum(prices[key] != wanted[key] for key in wanted.keys() & prices.keys()), 0),
        Check("dumps in the ledger as landed", landed.get("spot", 0), len(delivered)),
        Check("rows of freight rates lost", sum((wanted_rates - found_rates).values()), 0),
        Check("… doubled, or of no batch", sum(surplus.values()), 0),
        Check("batches acknowledged, but absent", len(absent), 0),
        Check("batches sent, but never acknowledged", len(sender.sent) - len(sender.acknowledged), 0),
        Check("batches in the ledger as landed", landed.get("freight", 0) - 1, len(sender.acknowledged)),
        Check("entries in the ledger with another status", others, 0),
    ]


async def course_checks(system: System, phases: list[Phase]) -> list[Check]:
    demanded = [phase for phase in phases if not phase.may_lose_answers]
    stopped = system.servers.stopped + system.followers.stopped
    return [
        *(Check(f"answers lost: {phase.fault}", len(lost(system, phase)), 0) for phase in demanded),
        Check("faults after which the system did not get well", len(system.unwell), 0),
        Check("dumps that never became queryable", len(system.dumps.waiting()), 0),
        Check("messages left in the queue", await system.cloud.messages(system.cloud.queue), 0),
        Check("messages in the dead-letter queue", await system.cloud.messages(system.cloud.dead_letters), 0),
        Check("processes told to stop that did not end with 0", sum(code != 0 for code in stopped), 0),
        Check("processes that went on with the old password", len(system.stuck), 0),
    ]


def answers(system: System, phase: Phase):
    """Those that came in this phase; what is asked in one is answered before the next."""
    every = [*system.sender.answers, *(answer for load in system.loads for answer in load.answers)]
    return [answer for answer in every if phase.began <= answer.ended < phase.ended]


def lost(system: System, phase: Phase):
    return [answer for answer in answers(system, phase) if answer.fault is not None]


def unavailability(system: System, phase: Phase) -> dict[str, float]:
    """The longest time without a good answer, of each kind of request."""
    kinds = {"/rates": system.loads[0], "/v1/spot": system.loads[1], "/rates/batches": system.sender}
    return {kind: longest_gap(source.answers, phase.began, phase.ended) for kind, source in kinds.items()}
