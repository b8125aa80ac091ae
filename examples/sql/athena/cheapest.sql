-- The cheapest pools of a month, as `landfall cheapest` ranks them, from what daily_average.sql returns: store that first, which a
-- month's ranking reads much faster than all prices.
--   CREATE TABLE landfall.spot_daily WITH (format = 'PARQUET') AS (the SELECT of daily_average.sql, without its ORDER BY)
-- Quantiles and the ratio within a budget take each price, and are not here.
WITH ranked AS (
    SELECT
        account_id, region, availability_zone, instance_type, product_description,
        -- In 10^-10 dollars, weighted by microseconds, and rounded half up.
        sum(CAST(average * 10000000000 AS decimal(18, 0)) * CAST(covered_seconds * 1000000 AS decimal(11, 0)))
            / CAST(sum(covered_seconds) * 1000000 AS decimal(18, 0)) AS average,
        min(low) AS low,
        max(high) AS high,
        sum(changes) AS changes,
        sum(covered_seconds) AS covered_seconds
    FROM landfall.spot_daily
    WHERE region = 'eu-west-3' AND day BETWEEN DATE '2026-10-01' AND DATE '2026-10-31'
    GROUP BY account_id, region, availability_zone, instance_type, product_description
    -- At least 0.9 of the 31 days.
    HAVING sum(covered_seconds) >= 0.9 * 31 * 86400
)
SELECT
    row_number() OVER (
        ORDER BY average, account_id, region, availability_zone, instance_type, product_description
    ) AS rank,
    account_id, region, availability_zone, instance_type, product_description,
    CAST(average * 0.0000000001 AS decimal(18, 10)) AS average,
    low,
    high,
    CAST(
        CAST(changes AS decimal(10, 0)) * 864000000000000 / CAST(covered_seconds * 1000000 AS decimal(18, 0)) * 0.0001
        AS decimal(18, 4)
    ) AS changes_per_day,
    -- Rounded down.
    CAST(truncate(CAST(covered_seconds AS decimal(30, 12)) / 2678400, 6) AS decimal(7, 6)) AS coverage
FROM ranked
ORDER BY 1
LIMIT 10;
