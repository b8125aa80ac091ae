-- Lakes and extracts are made of parts: of spot a month of a market, of freight a month, of events a day. How many rows a part has
-- tells whether all of them are still stored: partitions that somebody dropped are not to be published as if nothing had been there.
ALTER TABLE feed_parts ADD COLUMN row_count bigint NOT NULL DEFAULT 0;

-- Ids of dropped days stay.
UPDATE feed_parts SET row_count = known.row_count
FROM (
    SELECT to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) AS row_count FROM event_ids GROUP BY day
) AS known
WHERE feed = 'events' AND part = known.day;

INSERT INTO feed_parts (feed, part, changes, row_count)
SELECT 'spot', concat_ws('/', account_id, region, to_char(day, 'YYYY-MM')) AS part, 1, sum(row_count)
FROM spot_days GROUP BY part HAVING sum(row_count) > 0;

INSERT INTO feed_parts (feed, part, changes, row_count)
SELECT 'freight', to_char(day, 'YYYY-MM') AS part, 1, count(*) FROM freight_prices GROUP BY part;

ALTER TABLE feed_parts ALTER COLUMN row_count DROP DEFAULT;

COMMENT ON TABLE feed_parts IS 'The parts that a feed is published and extracted by: how often the rows of each changed, and how many they are';
COMMENT ON COLUMN feed_parts.feed IS 'Feed: spot, freight, events';
COMMENT ON COLUMN feed_parts.part IS 'Part: of spot, a UTC month of an account and region, such as 038520252753/eu-west-3/2026-11; of freight, a month; of events, the UTC day of received_at';
COMMENT ON COLUMN feed_parts.row_count IS 'Rows that landed and were not removed since, whether their partition is still there or was dropped';
