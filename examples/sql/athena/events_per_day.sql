-- Application events and their users by day, event and device, as `landfall events` counts them, of October 2026.
SELECT
    CAST("timestamp" AT TIME ZONE 'UTC' AS date) AS day,
    event,
    context_device_type AS device,
    count(*) AS count,
    count(DISTINCT anonymous_id) AS users
FROM landfall.events
-- A day is that of the event, not of its receipt, by which the files are: their statistics leave out those of other times.
WHERE "timestamp" >= TIMESTAMP '2026-10-01 00:00:00 UTC' AND "timestamp" < TIMESTAMP '2026-11-01 00:00:00 UTC'
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;
