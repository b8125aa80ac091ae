CREATE TABLE spot_summaries (
    account_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    day date NOT NULL,
    piece integer NOT NULL,
    pool_ids integer[] NOT NULL,
    records integer[] NOT NULL,
    changes integer[] NOT NULL,
    covered bigint[] NOT NULL CHECK (0 < ALL (covered) AND 86400000000 >= ALL (covered)),
    opens bigint[] NOT NULL,
    closes bigint[] NOT NULL,
    lows bigint[] NOT NULL,
    highs bigint[] NOT NULL,
    averages bigint[] NOT NULL,
    PRIMARY KEY (account_id, region, day, piece),
    CHECK (
        piece = pool_ids[1] / 28 AND piece = pool_ids[cardinality(pool_ids)] / 28
        AND cardinality(pool_ids) = ALL (ARRAY[
            cardinality(records), cardinality(changes), cardinality(covered), cardinality(opens),
            cardinality(closes), cardinality(lows), cardinality(highs), cardinality(averages)
        ])
    )
) PARTITION BY RANGE (day);
-- A pool's days, one after another.
CREATE INDEX spot_summaries_piece ON spot_summaries (piece, day);
-- Arrays of 28 lie in the row itself. Compressing longer ones would cost more time than the disk they save is worth.
ALTER TABLE spot_summaries
    ALTER COLUMN pool_ids SET STORAGE EXTERNAL,
    ALTER COLUMN records SET STORAGE EXTERNAL,
    ALTER COLUMN changes SET STORAGE EXTERNAL,
    ALTER COLUMN covered SET STORAGE EXTERNAL,
    ALTER COLUMN opens SET STORAGE EXTERNAL,
    ALTER COLUMN closes SET STORAGE EXTERNAL,
    ALTER COLUMN lows SET STORAGE EXTERNAL,
    ALTER COLUMN highs SET STORAGE EXTERNAL,
    ALTER COLUMN averages SET STORAGE EXTERNAL;

-- Account and region are those of the summary, whose key has them.
CREATE VIEW spot_daily AS
SELECT
    summary.account_id,
    summary.region,
    pool.availability_zone,
    pool.instance_type,
    pool.product_description,
    summary.day,
    (one.average::numeric / 10000000000)::numeric(18, 10) AS average,
    (one.open::numeric / 1000000)::numeric(14, 6) AS open,
    (one.close::numeric / 1000000)::numeric(14, 6) AS close,
    (one.low::numeric / 1000000)::numeric(14, 6) AS low,
    (one.high::numeric / 1000000)::numeric(14, 6) AS high,
    one.records,
    one.changes,
    (one.covered::numeric / 1000000)::numeric(11, 6) AS covered_seconds
FROM spot_summaries AS summary
CROSS JOIN LATERAL unnest(
    summary.pool_ids, summary.records, summary.changes, summary.covered,
    summary.opens, summary.closes, summary.lows, summary.highs, summary.averages
) AS one (pool_id, records, changes, covered, open, close, low, high, average)
JOIN spot_pools AS pool ON pool.id = one.pool_id;

CREATE OR REPLACE FUNCTION spot_ensure_month(month date) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    parent text;
    partition text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['spot_observations', 'spot_carried', 'spot_summaries'] LOOP
        partition := parent || to_char(month, '_YYYY_MM');
        IF to_regclass(quote_ident(partition)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, parent);
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                parent,
                partition,
                to_char(month, 'YYYY-MM-01'),
                to_char(month + interval '1 month', 'YYYY-MM-01')
            );
        END IF;
    END LOOP;
END
$$;

-- What has landed already.
SET LOCAL timezone = 'UTC';
-- Without statistics, which what landed a moment ago has not, the plan takes minutes instead of seconds.
ANALYZE spot_observations, spot_pools, ledger;
SELECT spot_ensure_month(month::date)
FROM (SELECT DISTINCT date_trunc('month', day) AS month FROM ledger WHERE feed = 'spot' AND status = 'landed') AS landed;
INSERT INTO spot_summaries
WITH prices AS (
    SELECT
        pool_id,
        observed_at,
        (price * 1000000)::bigint AS price,
        lead(observed_at, 1, 'infinity') OVER by_pool AS next_at,
        lag(observed_at) OVER by_pool AS last_at,
        (lag(price) OVER by_pool * 1000000)::bigint AS last_price
    FROM spot_observations
    WINDOW by_pool AS (PARTITION BY pool_id ORDER BY observed_at)
),
held AS (
    SELECT
        pool_id,
        day,
        price,
        greatest(observed_at, day) AS since,
        least(next_at, observed_at + interval '36 hours', day + interval '1 day') AS until,
        observed_at >= day AS is_record,
        observed_at >= day AND last_at + interval '36 hours' > observed_at AND last_price <> price AS is_change
    FROM prices
    CROSS JOIN LATERAL generate_series(
        date_trunc('day', observed_at),
        least(next_at, observed_at + interval '36 hours') - interval '1 microsecond',
        interval '1 day'
    ) AS day
),
summaries AS (
    SELECT
        pool_id,
        day::date AS day,
        count(*) FILTER (WHERE is_record) AS records,
        count(*) FILTER (WHERE is_change) AS changes,
        sum(extract(epoch FROM until - since) * 1000000)::bigint AS covered,
        (array_agg(price ORDER BY since))[1] AS open,
        (array_agg(price ORDER BY since DESC))[1] AS close,
        min(price) AS low,
        max(price) AS high,
        round(
            sum(price::numeric * 10000 * extract(epoch FROM until - since)::numeric)
            / sum(extract(epoch FROM until - since)::numeric)
        )::bigint AS average
    FROM held
    GROUP BY pool_id, day
),
grouped AS (
    SELECT
        pool.account_id,
        pool.region,
        summaries.*,
        pool_id / 28 AS piece
    FROM summaries
    JOIN spot_pools AS pool ON pool.id = pool_id
    JOIN ledger
        ON ledger.feed = 'spot' AND ledger.status = 'landed' AND ledger.account_id = pool.account_id
        AND ledger.region = pool.region AND ledger.day = summaries.day
)
SELECT
    account_id,
    region,
    day,
    piece,
    array_agg(pool_id ORDER BY pool_id),
    array_agg(records::integer ORDER BY pool_id),
    array_agg(changes::integer ORDER BY pool_id),
    array_agg(covered ORDER BY pool_id),
    array_agg(open ORDER BY pool_id),
    array_agg(close ORDER BY pool_id),
    array_agg(low ORDER BY pool_id),
    array_agg(high ORDER BY pool_id),
    array_agg(average ORDER BY pool_id)
FROM grouped
GROUP BY account_id, region, day, piece;

COMMENT ON TABLE spot_summaries IS 'Summaries of pools'' days, by month, 28 pools in a row at most; there are some for each day whose dump has landed; query the view spot_daily instead';
COMMENT ON COLUMN spot_summaries.account_id IS 'AWS account, 12 digits';
COMMENT ON COLUMN spot_summaries.region IS 'AWS region';
COMMENT ON COLUMN spot_summaries.day IS 'UTC day';
COMMENT ON COLUMN spot_summaries.piece IS 'Numbers of its pools, divided by 28 and rounded down';
COMMENT ON COLUMN spot_summaries.pool_ids IS 'Pools (spot_pools.id) whose price is known at any time of the day, ascending; all arrays are in this order';
COMMENT ON COLUMN spot_summaries.records IS 'Rows of spot_prices that day';
COMMENT ON COLUMN spot_summaries.changes IS 'Rows of that day with another price than the one that held before';
COMMENT ON COLUMN spot_summaries.covered IS 'For how long the price is known, in microseconds: each holds until the next, and for 36 hours at most';
COMMENT ON COLUMN spot_summaries.opens IS 'First known price of the day, in millionths of a US dollar an hour';
COMMENT ON COLUMN spot_summaries.closes IS 'Last known price of the day, in millionths of a US dollar an hour';
COMMENT ON COLUMN spot_summaries.lows IS 'Lowest price that held that day, in millionths of a US dollar an hour';
COMMENT ON COLUMN spot_summaries.highs IS 'Highest price that held that day, in millionths of a US dollar an hour';
COMMENT ON COLUMN spot_summaries.averages IS 'Time-weighted average over the time covered, in 10^-10 US dollars an hour, rounded half up';

COMMENT ON VIEW spot_daily IS 'One row for each pool and day whose dump has landed, where the price is known at any time of that day';
COMMENT ON COLUMN spot_daily.account_id IS 'AWS account the dumps were made for, 12 digits';
COMMENT ON COLUMN spot_daily.region IS 'AWS region';
COMMENT ON COLUMN spot_daily.availability_zone IS 'Availability zone, as this account names it';
COMMENT ON COLUMN spot_daily.instance_type IS 'EC2 instance type, such as c5.xlarge';
COMMENT ON COLUMN spot_daily.product_description IS 'Operating system and platform, such as Linux/UNIX';
COMMENT ON COLUMN spot_daily.day IS 'UTC day';
COMMENT ON COLUMN spot_daily.average IS 'Time-weighted average price over the time covered, US dollars an hour, to 10 decimals';
COMMENT ON COLUMN spot_daily.open IS 'First known price of the day';
COMMENT ON COLUMN spot_daily.close IS 'Last known price of the day';
COMMENT ON COLUMN spot_daily.low IS 'Lowest price that held that day';
COMMENT ON COLUMN spot_daily.high IS 'Highest price that held that day';
COMMENT ON COLUMN spot_daily.records IS 'Rows of spot_prices that day';
COMMENT ON COLUMN spot_daily.changes IS 'Rows of that day with another price than the one that held before';
COMMENT ON COLUMN spot_daily.covered_seconds IS 'For how long the price is known: each holds until the next, and for 36 hours at most';
