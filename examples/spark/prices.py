"""For how long spot prices were valid, and their daily summaries: the rules of docs/spot.md, in whole numbers.

Times are microseconds since 1970, prices millionths of a dollar an hour, averages units of 10^-10 dollars.
"""

from datetime import timedelta

from pyspark.sql import DataFrame, SparkSession

from job import query_postgres, table

POOL = "account_id, region, availability_zone, instance_type, product_description"

# A row for each day on which a price was valid: until the pool's next record, and for 36 hours at most.
SPANS = f"""
WITH records AS (
    SELECT {POOL}, CAST(price * 1000000 AS bigint) AS price, unix_micros(timestamp) AS observed_at
    FROM spot
    WHERE timestamp >= {{first}} - INTERVAL 36 HOURS AND timestamp < {{end}}
),
valid AS (
    SELECT
        *,
        least(lead(observed_at) OVER by_pool, observed_at + 129600000000) AS until,
        observed_at - lag(observed_at) OVER by_pool < 129600000000 AND price <> lag(price) OVER by_pool AS is_change
    FROM records
    WINDOW by_pool AS (PARTITION BY {POOL} ORDER BY observed_at)
),
days AS (
    SELECT *, explode(sequence(observed_at div 86400000000, (until - 1) div 86400000000)) AS epoch_day
    FROM valid
)
SELECT
    {POOL},
    date_from_unix_date(CAST(epoch_day AS int)) AS day,
    price,
    observed_at,
    greatest(observed_at, epoch_day * 86400000000) AS since,
    least(until, (epoch_day + 1) * 86400000000) AS until,
    observed_at >= epoch_day * 86400000000 AS is_record,
    observed_at >= epoch_day * 86400000000 AND coalesce(is_change, false) AS is_change
FROM days
WHERE epoch_day BETWEEN unix_date(CAST({{first}} AS date)) AND unix_date(CAST({{end}} AS date)) - 1
"""

# Sums are exact in decimals; `div` rounds down, so half of the divisor is added before.
DAILY = f"""
SELECT
    {POOL},
    day,
    (sum(CAST(price AS decimal(14)) * CAST(until - since AS decimal(11))) * 20000 + sum(until - since))
        div (2 * sum(until - since)) AS average,
    min_by(price, since) AS open,
    max_by(price, since) AS close,
    min(price) AS low,
    max(price) AS high,
    CAST(count_if(is_record) AS int) AS records,
    CAST(count_if(is_change) AS int) AS changes,
    sum(until - since) AS covered
FROM spans
GROUP BY {POOL}, day
"""


def arguments(parser):
    """The options for what was landed."""
    parser.add_argument(
        "--coverage",
        metavar="FILE",
        help="which days have landed: what `landfall coverage --format csv` prints for them, or `all`, as if every day had; "
        "with --postgres, the ledger is asked unless this is given",
    )
    for name, what in (("account", "AWS account"), ("region", "region"), ("zone", "availability zone")):
        parser.add_argument(f"--{name}", help=f"only of this {what}")
    parser.add_argument("--instance-type", help="only of this type; * matches any characters, ? any one")
    parser.add_argument("--product", help="only of this product, such as Linux/UNIX")


def check(parser, options):
    if not (options.coverage or options.postgres):
        parser.error(
            "which days have landed? The table does not tell, as an empty dump has no rows: "
            "--coverage FILE, or --coverage all if no dump is missing"
        )


def spans(spark: SparkSession, options) -> DataFrame:
    """The times for which prices were valid, on days whose dump has landed."""
    filtered(table(spark, options, "spot"), options).createOrReplaceTempView("spot")
    first, end = bounds(options)
    found = spark.sql(SPANS.format(first=first, end=end))
    if options.coverage == "all":
        return found
    return found.join(landed_days(spark, options).hint("broadcast"), ["account_id", "region", "day"], "left_semi")


def bounds(options) -> tuple[str, str]:
    """The beginning of the first day and the end of the last, as SQL."""
    return tuple(f"TIMESTAMP '{day} 00:00:00 UTC'" for day in (options.first, options.last + timedelta(days=1)))


def landed_days(spark: SparkSession, options) -> DataFrame:
    """The days whose dump has landed, empty ones included."""
    if options.coverage:
        # As text: an account may begin with 0.
        listed = spark.read.csv(options.coverage, header=True, escape='"').where("state IN ('landed', 'empty')")
        return listed.selectExpr("account_id", "region", "CAST(day AS date) AS day").distinct()
    return query_postgres(
        spark,
        options.postgres,
        "SELECT DISTINCT account_id, region, day FROM ledger WHERE feed = 'spot' AND status = 'landed' "
        f"AND day BETWEEN '{options.first}' AND '{options.last}'",
    )


def filtered(spot: DataFrame, options) -> DataFrame:
    for column, value in (
        ("account_id", options.account),
        ("region", options.region),
        ("availability_zone", options.zone),
        ("product_description", options.product),
    ):
        if value:
            spot = spot.where(spot[column] == value)
    if options.instance_type:
        spot = spot.where(spot.instance_type.like(pattern(options.instance_type)))
    return spot


def pattern(wildcards: str) -> str:
    """The LIKE pattern of a text with wildcards."""
    special = {"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"}
    return "".join(special.get(character, character) for character in wildcards)


def decimal(units: str, digits: int, precision: int = 18) -> str:
    """SQL for a whole number of units of 10^-digits as a decimal."""
    return f"CAST(CAST({units} AS decimal(18)) * {10**-digits:.{digits}f} AS decimal({precision}, {digits}))"
