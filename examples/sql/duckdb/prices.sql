-- For how long spot prices were valid, and their daily summaries, by the rules of docs/spot.md; the other files use these views.
INSTALL iceberg;
LOAD iceberg;
SET TimeZone = 'UTC';

-- Times are microseconds since 1970, prices millionths of a dollar an hour, averages units of 10^-10 dollars: all sums are exact.
CREATE OR REPLACE TEMP VIEW spans AS
WITH records AS (
    SELECT
        account_id, region, availability_zone, instance_type, product_description,
        CAST(price * 1000000 AS bigint) AS price,
        epoch_us(timestamp) AS observed_at
    FROM iceberg_scan(getvariable('lake') || '/spot')
    WHERE timestamp >= CAST(getvariable('first') AS timestamptz) - INTERVAL 36 HOURS
        AND timestamp < CAST(getvariable('last') AS timestamptz) + INTERVAL 24 HOURS
        AND region = coalesce(getvariable('region'), region)
),
valid AS (
    SELECT
        *,
        -- Until the pool's next record, and for 36 hours at most.
        least(coalesce(lead(observed_at) OVER by_pool, observed_at + 129600000000), observed_at + 129600000000) AS until,
        coalesce(
            observed_at - lag(observed_at) OVER by_pool < 129600000000 AND price <> lag(price) OVER by_pool, false
        ) AS is_change
    FROM records
    WINDOW by_pool AS (
        PARTITION BY account_id, region, availability_zone, instance_type, product_description ORDER BY observed_at
    )
),
days AS (
    SELECT *, unnest(range(observed_at // 86400000000, (until - 1) // 86400000000 + 1)) AS epoch_day FROM valid
),
-- A day is covered once its dump has landed: empty dumps have no rows, so the table does not tell.
landed AS (
    SELECT DISTINCT account_id, region, CAST(day AS date) AS day
    FROM read_csv(getvariable('coverage'), header = true, all_varchar = true)
    WHERE state IN ('landed', 'empty')
)
SELECT
    account_id, region, availability_zone, instance_type, product_description,
    CAST(DATE '1970-01-01' + CAST(epoch_day AS integer) AS date) AS day,
    price,
    observed_at,
    greatest(observed_at, epoch_day * 86400000000) AS since,
    least(until, (epoch_day + 1) * 86400000000) AS until,
    observed_at >= epoch_day * 86400000000 AS is_record,
    observed_at >= epoch_day * 86400000000 AND is_change AS is_change
FROM days
SEMI JOIN landed
    ON landed.account_id = days.account_id AND landed.region = days.region
    AND landed.day = DATE '1970-01-01' + CAST(epoch_day AS integer)
WHERE epoch_day BETWEEN CAST(getvariable('first') AS date) - DATE '1970-01-01' AND CAST(getvariable('last') AS date) - DATE '1970-01-01';

CREATE OR REPLACE TEMP VIEW daily AS
SELECT
    account_id, region, availability_zone, instance_type, product_description, day,
    (sum(CAST(price AS hugeint) * (until - since)) * 20000 + sum(until - since)) // (2 * sum(until - since)) AS average,
    arg_min(price, since) AS open,
    arg_max(price, since) AS close,
    min(price) AS low,
    max(price) AS high,
    count(*) FILTER (WHERE is_record) AS records,
    count(*) FILTER (WHERE is_change) AS changes,
    sum(until - since) AS covered
FROM spans
GROUP BY ALL;
