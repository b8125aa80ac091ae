"""The time-weighted average of every pool and day, as Landfall's view spot_daily has it.

spark-submit … --py-files job.py,prices.py daily_average.py --month 2026-10 --postgres postgresql://reader@db.example.com/prices
"""

import job
import prices
from prices import POOL, decimal

# What is printed is in this order.
ORDER = f"{POOL}, day"

SUMMARIES = f"""
SELECT
    {POOL},
    day,
    {decimal("average", 10)} AS average,
    {decimal("open", 6, 14)} AS open,
    {decimal("close", 6, 14)} AS close,
    {decimal("low", 6, 14)} AS low,
    {decimal("high", 6, 14)} AS high,
    records,
    changes,
    {decimal("covered", 6, 11)} AS covered_seconds
FROM daily
"""


def options(words=None):
    parser = job.arguments(__doc__)
    job.days(parser)
    prices.arguments(parser)
    found = job.parse(parser, words)
    prices.check(parser, found)
    return found


def daily_average(spark, options):
    prices.spans(spark, options).createOrReplaceTempView("spans")
    spark.sql(prices.DAILY).createOrReplaceTempView("daily")
    return spark.sql(SUMMARIES)


if __name__ == "__main__":
    chosen = options()
    job.write(daily_average(job.session(chosen), chosen), chosen, ORDER)
