"""The cheapest pools over a month or some days, as `landfall cheapest` ranks them.

spark-submit … --py-files job.py,prices.py cheapest.py --month 2026-10 --region eu-west-3 --budget 0.05 --lake s3://my-bucket/lake \\
    --coverage coverage.csv
"""

from decimal import Decimal

import job
import prices
from prices import POOL, decimal

# Averages of days are weighted by the time that they cover. Ratios are rounded down, all else half up.
RANKED = f"""
WITH sums AS (
    SELECT
        {POOL},
        (sum(CAST(average AS decimal(18)) * CAST(covered AS decimal(11))) * 2 + sum(covered)) div (2 * sum(covered)) AS average,
        min(low) AS low,
        max(high) AS high,
        sum(changes) AS changes,
        sum(covered) AS covered,
        CAST(sum(covered) AS decimal(18)) * 1000000 div {{interval}} AS coverage
    FROM daily
    GROUP BY {POOL}
),
passed AS (
    SELECT *, sum(until - since) OVER (PARTITION BY {POOL} ORDER BY price) AS passed, sum(until - since) OVER (PARTITION BY {POOL}) AS total
    FROM spans
),
quantiles AS (
    SELECT
        {POOL},
        min(price) FILTER (WHERE passed * 100 >= total * 50) AS p50,
        min(price) FILTER (WHERE passed * 100 >= total * 95) AS p95,
        CAST(coalesce(sum(until - since) FILTER (WHERE price <= {{budget}}), 0) AS decimal(18)) * 1000000 div any_value(total) AS within_budget
    FROM passed
    GROUP BY {POOL}
),
confirmed AS (
    SELECT {POOL}, max(timestamp) AS confirmed_at FROM spot WHERE timestamp >= {{first}} - INTERVAL 36 HOURS AND timestamp < {{end}} GROUP BY {POOL}
),
ranked AS (
    SELECT *, if(coverage >= {{min_coverage}}, row_number() OVER (ORDER BY coverage < {{min_coverage}}, average, {POOL}), NULL) AS rank
    FROM sums
)
SELECT
    rank,
    {POOL},
    if(rank IS NULL, NULL, {decimal("average", 10)}) AS average,
    if(rank IS NULL, NULL, {decimal("low", 6, 14)}) AS low,
    if(rank IS NULL, NULL, {decimal("high", 6, 14)}) AS high,
    if(rank IS NULL, NULL, {decimal("p50", 6, 14)}) AS p50,
    if(rank IS NULL, NULL, {decimal("p95", 6, 14)}) AS p95,
    if(rank IS NULL, NULL, {decimal("(CAST(changes AS decimal(12)) * 1728000000000000 + covered) div (2 * covered)", 4)}) AS changes_per_day,
    if(rank IS NULL, NULL, {decimal("within_budget", 6)}) AS within_budget,
    {decimal("coverage", 6)} AS coverage,
    confirmed_at
FROM ranked
JOIN quantiles USING ({POOL})
JOIN confirmed USING ({POOL})
ORDER BY rank NULLS LAST, covered DESC, {POOL}
LIMIT {{limit}}
"""


def options(words=None):
    parser = job.arguments(__doc__)
    job.days(parser)
    prices.arguments(parser)
    parser.add_argument(
        "--budget",
        type=Decimal,
        help="a price in dollars an hour: show the ratio of the time for which a pool is not above it",
    )
    parser.add_argument(
        "--min-coverage",
        type=Decimal,
        default=Decimal("0.9"),
        help="rank only pools whose price is known for this ratio of the time",
    )
    parser.add_argument("--limit", type=int, default=10, help="pools at most")
    found = job.parse(parser, words)
    prices.check(parser, found)
    return found


def cheapest(spark, options):
    prices.spans(spark, options).createOrReplaceTempView("spans")
    spark.sql(prices.DAILY).createOrReplaceTempView("daily")
    first, end = prices.bounds(options)
    return spark.sql(
        RANKED.format(
            first=first,
            end=end,
            interval=((options.last - options.first).days + 1) * 86_400_000_000,
            budget="NULL" if options.budget is None else int(options.budget * 1_000_000),
            min_coverage=int(options.min_coverage * 1_000_000),
            limit=options.limit,
        )
    )


if __name__ == "__main__":
    chosen = options()
    job.write(cheapest(job.session(chosen), chosen), chosen)
