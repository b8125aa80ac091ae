-- What a feed is extracted by: a file for each part. Whoever changes rows of a part counts it here, in the same transaction.
-- So a snapshot that shows the same number as another shows the same rows.
CREATE TABLE feed_parts (
    feed text NOT NULL,
    part text COLLATE "C" NOT NULL,
    changes bigint NOT NULL,
    PRIMARY KEY (feed, part)
);

CREATE TABLE extracts (
    feed text NOT NULL,
    destination text NOT NULL,
    part text COLLATE "C" NOT NULL,
    key text NOT NULL,
    sha256 bytea NOT NULL,
    records bigint NOT NULL,
    size bigint NOT NULL,
    changes bigint NOT NULL,
    extracted_at timestamptz NOT NULL,
    PRIMARY KEY (feed, destination, part)
);

INSERT INTO feed_parts (feed, part, changes)
SELECT DISTINCT 'events', to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), 1 FROM events;

COMMENT ON TABLE feed_parts IS 'How often the rows of each part of a feed changed: what tells which parts have to be extracted again';
COMMENT ON COLUMN feed_parts.feed IS 'Feed: events';
COMMENT ON COLUMN feed_parts.part IS 'Part; of events, the UTC day of received_at, such as 2026-11-27';
COMMENT ON COLUMN feed_parts.changes IS 'Transactions that changed its rows';
COMMENT ON TABLE extracts IS 'The latest file of each part at each destination of an extract';
COMMENT ON COLUMN extracts.feed IS 'Feed that was extracted';
COMMENT ON COLUMN extracts.destination IS 'Where files are written to: s3://BUCKET/PREFIX/ or a directory';
COMMENT ON COLUMN extracts.part IS 'Part (feed_parts.part)';
COMMENT ON COLUMN extracts.key IS 'Key of the file at the destination';
COMMENT ON COLUMN extracts.sha256 IS 'SHA-256 of its bytes';
COMMENT ON COLUMN extracts.records IS 'Rows in it';
COMMENT ON COLUMN extracts.size IS 'Its size in bytes';
COMMENT ON COLUMN extracts.changes IS 'State of the part that it has (feed_parts.changes)';
COMMENT ON COLUMN extracts.extracted_at IS 'When it was written';
