"""What was compared, and whether it was the same."""

import sys
import time
from collections import Counter


class Checks:
    def __init__(self):
        self.began = time.monotonic()
        self.lines: list[tuple[str, str, str, bool]] = []

    def same(self, what: str, reader: str, found, expected, amount: str):
        passed = found == expected
        self.lines.append((what, reader, amount, passed))
        self.report(f"{what}: {reader}: {amount}: {'same' if passed else 'DIFFERS'}")
        if not passed:
            print(difference(found, expected), file=sys.stderr, flush=True)

    def report(self, line: str):
        print(f"{time.monotonic() - self.began:6.1f} s  {line}", file=sys.stderr, flush=True)

    def failed(self) -> int:
        return sum(not passed for *_, passed in self.lines)

    def table(self) -> str:
        """As Markdown: a line for each comparison, with those that agree side by side."""
        grouped: dict[tuple[str, str, bool], list[str]] = {}
        for what, reader, amount, passed in self.lines:
            grouped.setdefault((what, amount, passed), []).append(reader)
        lines = ["| Compared | Of | Same as Landfall's Postgres |", "|---|---|---|"]
        for (what, amount, passed), readers in grouped.items():
            lines.append(f"| {what} | {amount} | {', '.join(readers)}{'' if passed else ': **differs**'} |")
        return "\n".join(lines)


def difference(found, expected) -> str:
    """The first few of what one has and the other has not."""
    if isinstance(found, dict) and isinstance(expected, dict):
        found, expected = list(found.items()), list(expected.items())
    if isinstance(found, str) and isinstance(expected, str):
        found, expected = found.splitlines(), expected.splitlines()
    if not (isinstance(found, list) and isinstance(expected, list)):
        return f"  found {found!r}, expected {expected!r}"
    one, other = Counter(map(repr, found)), Counter(map(repr, expected))
    more, missing = list((one - other).elements()), list((other - one).elements())
    return (
        "\n".join(
            [f"  {len(more)} more, such as {line}" for line in more[:3]]
            + [f"  {len(missing)} missing, such as {line}" for line in missing[:3]]
        )
        or "  the same, in another order"
    )
