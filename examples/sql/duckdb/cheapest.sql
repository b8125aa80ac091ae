-- The cheapest pools of some days, as `landfall cheapest` ranks them. After prices.sql.
WITH sums AS (
    SELECT
        account_id, region, availability_zone, instance_type, product_description,
        (sum(CAST(average AS hugeint) * covered) * 2 + sum(covered)) // (2 * sum(covered)) AS average,
        min(low) AS low,
        max(high) AS high,
        sum(changes) AS changes,
        sum(covered) AS covered,
        sum(covered) * 1000000
            // ((CAST(getvariable('last') AS date) - CAST(getvariable('first') AS date) + 1) * 86400000000) AS coverage
    FROM daily
    GROUP BY ALL
),
passed AS (
    SELECT
        *,
        sum(until - since) OVER (PARTITION BY account_id, region, availability_zone, instance_type, product_description ORDER BY price) AS passed,
        sum(until - since) OVER (PARTITION BY account_id, region, availability_zone, instance_type, product_description) AS total
    FROM spans
),
quantiles AS (
    SELECT
        account_id, region, availability_zone, instance_type, product_description,
        -- The lowest price that was not exceeded for half, or 95 %, of the time.
        min(price) FILTER (WHERE passed * 100 >= total * 50) AS p50,
        min(price) FILTER (WHERE passed * 100 >= total * 95) AS p95,
        CASE WHEN getvariable('budget') IS NOT NULL THEN
            coalesce(sum(until - since) FILTER (WHERE price <= CAST(getvariable('budget') AS decimal(14, 6)) * 1000000), 0) * 1000000 // any_value(total)
        END AS within_budget,
        max(observed_at) AS confirmed_at
    FROM passed
    GROUP BY ALL
),
ranked AS (
    SELECT
        *,
        coverage >= CAST(coalesce(getvariable('min_coverage'), '0.9') AS decimal(7, 6)) * 1000000 AS enough
    FROM sums
    JOIN quantiles USING (account_id, region, availability_zone, instance_type, product_description)
)
SELECT
    CASE WHEN enough THEN row_number() OVER (
        ORDER BY enough DESC, average, account_id, region, availability_zone, instance_type, product_description
    ) END AS rank,
    account_id, region, availability_zone, instance_type, product_description,
    CASE WHEN enough THEN CAST(CAST(average AS decimal(28)) * 0.0000000001 AS decimal(18, 10)) END AS average,
    CASE WHEN enough THEN CAST(low * 0.000001 AS decimal(14, 6)) END AS low,
    CASE WHEN enough THEN CAST(high * 0.000001 AS decimal(14, 6)) END AS high,
    CASE WHEN enough THEN CAST(p50 * 0.000001 AS decimal(14, 6)) END AS p50,
    CASE WHEN enough THEN CAST(p95 * 0.000001 AS decimal(14, 6)) END AS p95,
    CASE WHEN enough THEN
        CAST(CAST((changes * 1728000000000000 + covered) // (2 * covered) AS bigint) * 0.0001 AS decimal(18, 4))
    END AS changes_per_day,
    CASE WHEN enough THEN CAST(CAST(within_budget AS bigint) * 0.000001 AS decimal(7, 6)) END AS within_budget,
    CAST(CAST(coverage AS bigint) * 0.000001 AS decimal(7, 6)) AS coverage,
    make_timestamp(confirmed_at) AT TIME ZONE 'UTC' AS confirmed_at
FROM ranked
ORDER BY rank NULLS LAST, covered DESC, account_id, region, availability_zone, instance_type, product_description;
