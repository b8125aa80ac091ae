-- Application events and their users by day, event and device, as `landfall events` counts them.
INSTALL iceberg;
LOAD iceberg;
SET TimeZone = 'UTC';

SELECT CAST(timestamp AS date) AS day, event, context_device_type AS device, count(*) AS count, count(DISTINCT anonymous_id) AS users
FROM iceberg_scan(getvariable('lake') || '/events')
WHERE timestamp >= CAST(getvariable('first') AS timestamptz) AND timestamp < CAST(getvariable('last') AS timestamptz) + INTERVAL 24 HOURS
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;
