-- The time-weighted average of every pool and day, as Landfall's view spot_daily has it. After prices.sql.
SELECT
    account_id, region, availability_zone, instance_type, product_description, day,
    CAST(CAST(average AS decimal(28)) * 0.0000000001 AS decimal(18, 10)) AS average,
    CAST(open * 0.000001 AS decimal(14, 6)) AS open,
    CAST(close * 0.000001 AS decimal(14, 6)) AS close,
    CAST(low * 0.000001 AS decimal(14, 6)) AS low,
    CAST(high * 0.000001 AS decimal(14, 6)) AS high,
    records,
    changes,
    CAST(CAST(covered AS bigint) * 0.000001 AS decimal(11, 6)) AS covered_seconds
FROM daily
ORDER BY ALL;
