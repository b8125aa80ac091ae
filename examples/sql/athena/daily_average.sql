-- The time-weighted average of every pool and day, as Landfall's view spot_daily has it, of October 2026.
-- Times are microseconds since 1970, prices millionths of a dollar an hour. The division of decimals rounds half up.
WITH records AS (
    SELECT
        account_id, region, availability_zone, instance_type, product_description,
        CAST(price * 1000000 AS bigint) AS price,
        CAST(round(to_unixtime("timestamp") * 1000000) AS bigint) AS observed_at
    FROM landfall.spot
    -- Prices of 36 hours before may be valid.
    WHERE "timestamp" >= TIMESTAMP '2026-09-29 12:00:00 UTC' AND "timestamp" < TIMESTAMP '2026-11-01 00:00:00 UTC'
),
valid AS (
    SELECT
        *,
        least(
            lead(observed_at, 1, observed_at + 129600000000) OVER (
                PARTITION BY account_id, region, availability_zone, instance_type, product_description ORDER BY observed_at
            ),
            observed_at + 129600000000
        ) AS until,
        lag(observed_at) OVER (
            PARTITION BY account_id, region, availability_zone, instance_type, product_description ORDER BY observed_at
        ) AS last_at,
        lag(price) OVER (
            PARTITION BY account_id, region, availability_zone, instance_type, product_description ORDER BY observed_at
        ) AS last_price
    FROM records
),
spans AS (
    SELECT
        account_id, region, availability_zone, instance_type, product_description, price,
        date_add('day', epoch_day, DATE '1970-01-01') AS day,
        greatest(observed_at, epoch_day * 86400000000) AS since,
        least(until, (epoch_day + 1) * 86400000000) - greatest(observed_at, epoch_day * 86400000000) AS micros,
        observed_at >= epoch_day * 86400000000 AS is_record,
        observed_at >= epoch_day * 86400000000 AND observed_at - last_at < 129600000000 AND price <> last_price AS is_change
    FROM valid
    CROSS JOIN UNNEST(sequence(CAST(floor(observed_at / 86400000000) AS bigint), CAST(floor((until - 1) / 86400000000) AS bigint))) AS days (epoch_day)
)
SELECT
    account_id, region, availability_zone, instance_type, product_description, day,
    CAST(
        sum(CAST(price AS decimal(18, 0)) * micros) * 10000 / CAST(sum(micros) AS decimal(18, 0)) * 0.0000000001
        AS decimal(18, 10)
    ) AS average,
    CAST(min_by(price, since) * 0.000001 AS decimal(14, 6)) AS open,
    CAST(max_by(price, since) * 0.000001 AS decimal(14, 6)) AS close,
    CAST(min(price) * 0.000001 AS decimal(14, 6)) AS low,
    CAST(max(price) * 0.000001 AS decimal(14, 6)) AS high,
    count_if(is_record) AS records,
    count_if(is_change) AS changes,
    CAST(sum(micros) * 0.000001 AS decimal(11, 6)) AS covered_seconds
FROM spans
WHERE day BETWEEN DATE '2026-10-01' AND DATE '2026-10-31'
    AND (account_id, region, day) IN (
        SELECT account_id, region, CAST(day AS date) FROM landfall.spot_coverage WHERE state IN ('landed', 'empty')
    )
GROUP BY account_id, region, availability_zone, instance_type, product_description, day
ORDER BY account_id, region, availability_zone, instance_type, product_description, day;
