"""Application events and their users by day, event and device, as `landfall events` counts them.

spark-submit … --py-files job.py events_per_day.py --month 2026-10 --glue landfall
"""

import job

# A day is that of the event, not of its receipt, by which the files are: an event may be received long after.
COUNTS = """
SELECT CAST(timestamp AS date) AS day, event, context_device_type AS device, count(*) AS count, count(DISTINCT anonymous_id) AS users
FROM events
WHERE timestamp >= TIMESTAMP '{first} 00:00:00 UTC' AND timestamp < TIMESTAMP '{last} 00:00:00 UTC' + INTERVAL 1 DAY
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
"""


def options(words=None):
    parser = job.arguments(__doc__)
    job.days(parser)
    parser.add_argument("--event", help="only those called this")
    parser.add_argument("--device", help="only those of this kind of device")
    return job.parse(parser, words)


def events_per_day(spark, options):
    events = job.table(spark, options, "events")
    if options.event:
        events = events.where(events.event == options.event)
    if options.device:
        events = events.where(events.context_device_type == options.device)
    events.createOrReplaceTempView("events")
    return spark.sql(COUNTS.format(first=options.first, last=options.last))


if __name__ == "__main__":
    chosen = options()
    job.write(events_per_day(job.session(chosen), chosen), chosen)
