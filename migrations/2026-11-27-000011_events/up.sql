-- Columns have the names of the events' fields.
CREATE TABLE events (
    id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    event text COLLATE "C" NOT NULL,
    event_text text COLLATE "C" NOT NULL,
    context_device_type text COLLATE "C" NOT NULL,
    anonymous_id uuid NOT NULL,
    user_id bigint,
    original_timestamp timestamptz,
    "timestamp" timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    context_app_version text,
    context_device_manufacturer text,
    context_device_model text,
    context_device_token text,
    context_library_name text,
    context_library_version text,
    context_locale text,
    context_network_carrier text,
    context_os_name text,
    context_timezone text,
    context_device_ad_tracking_enabled boolean,
    context_network_wifi boolean,
    properties jsonb,
    dump_id integer NOT NULL,
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
-- The rows of one object are neighbours, as are those of one day: a block range finds either, and costs next to nothing.
-- Ranges that are full are summarized at once; the next vacuum may be days away.
CREATE INDEX events_dump ON events USING brin (dump_id) WITH (autosummarize = on);
CREATE INDEX events_timestamp ON events USING brin ("timestamp") WITH (autosummarize = on);

-- What a unique key over all partitions would be.
CREATE TABLE event_ids (
    id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL,
    digest uuid NOT NULL
);

CREATE TABLE event_claims (
    id uuid NOT NULL,
    dump_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    digest uuid NOT NULL,
    content jsonb NOT NULL,
    PRIMARY KEY (id, dump_id, digest)
);
CREATE INDEX event_claims_dump ON event_claims (dump_id);

CREATE VIEW event_disagreements AS
SELECT
    claim.id,
    event.received_at,
    event.dump_id,
    claim.received_at AS other_received_at,
    claim.dump_id AS other_dump_id,
    claim.content AS other_content
FROM event_claims AS claim
JOIN event_ids AS known ON known.id = claim.id AND known.digest <> claim.digest
JOIN events AS event ON event.id = known.id AND event.received_at = known.received_at;

-- Attaching takes a weaker lock on the parent than creating the partition in place would:
-- readers and writers of other days go on.
CREATE FUNCTION events_ensure_day(day date) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    partition text := 'events' || to_char(day, '_YYYY_MM_DD');
BEGIN
    IF to_regclass(quote_ident(partition)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING ALL)', partition);
        EXECUTE format(
            'ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            partition,
            day,
            day + 1
        );
    END IF;
END
$$;

COMMENT ON TABLE events IS 'Application events, each once by its id; partitions by day of received_at (UTC)';
COMMENT ON COLUMN events.id IS 'What identifies the event';
COMMENT ON COLUMN events.received_at IS 'When the collector received it';
COMMENT ON COLUMN events.event IS 'Kind of event, such as submission_success';
COMMENT ON COLUMN events.event_text IS 'Kind of event as the application spells it, such as submissionSuccess';
COMMENT ON COLUMN events.context_device_type IS 'Kind of device, such as android or ios';
COMMENT ON COLUMN events.anonymous_id IS 'The user, known or not';
COMMENT ON COLUMN events.user_id IS 'The user, if known';
COMMENT ON COLUMN events.original_timestamp IS 'When it happened, by the clock of the device';
COMMENT ON COLUMN events."timestamp" IS 'When it happened, corrected by the difference between the clocks';
COMMENT ON COLUMN events.sent_at IS 'When the device sent it';
COMMENT ON COLUMN events.context_app_version IS 'Version of the application';
COMMENT ON COLUMN events.context_device_manufacturer IS 'Manufacturer of the device';
COMMENT ON COLUMN events.context_device_model IS 'Model of the device';
COMMENT ON COLUMN events.context_device_token IS 'Token for push messages to the device';
COMMENT ON COLUMN events.context_library_name IS 'Library that sent it';
COMMENT ON COLUMN events.context_library_version IS 'Version of the library';
COMMENT ON COLUMN events.context_locale IS 'Language and country of the device, such as en_GB';
COMMENT ON COLUMN events.context_network_carrier IS 'Mobile network';
COMMENT ON COLUMN events.context_os_name IS 'Operating system of the device';
COMMENT ON COLUMN events.context_timezone IS 'Time zone of the device';
COMMENT ON COLUMN events.context_device_ad_tracking_enabled IS 'Whether the user permits tracking for advertisements';
COMMENT ON COLUMN events.context_network_wifi IS 'Whether the device was in a wireless network';
COMMENT ON COLUMN events.properties IS 'All other fields of the event; null if there are none';
COMMENT ON COLUMN events.dump_id IS 'Object revision that has the event (ledger.id)';
COMMENT ON TABLE event_ids IS 'Ids of all events, of which a key of a partitioned table cannot make one';
COMMENT ON COLUMN event_ids.id IS 'What identifies the event (events.id)';
COMMENT ON COLUMN event_ids.received_at IS 'When it was received (events.received_at)';
COMMENT ON COLUMN event_ids.digest IS 'First half of a SHA-256 of its columns: tells another content under the same id';
COMMENT ON TABLE event_claims IS 'Deliveries of events that are stored from another object, or with another content; withdrawing that one makes them count';
COMMENT ON COLUMN event_claims.id IS 'What identifies the event';
COMMENT ON COLUMN event_claims.dump_id IS 'Object revision that has it (ledger.id)';
COMMENT ON COLUMN event_claims.received_at IS 'When the collector received it';
COMMENT ON COLUMN event_claims.digest IS 'First half of a SHA-256 of its columns';
COMMENT ON COLUMN event_claims.content IS 'Its columns, as they would be in events';
COMMENT ON VIEW event_disagreements IS 'Events that were delivered with more than one content: the one that counts, and the others';
COMMENT ON COLUMN event_disagreements.id IS 'What identifies the event';
COMMENT ON COLUMN event_disagreements.received_at IS 'When the one that counts was received: the first one, and of those the one with the lowest digest';
COMMENT ON COLUMN event_disagreements.dump_id IS 'Object revision that has it (ledger.id)';
COMMENT ON COLUMN event_disagreements.other_received_at IS 'When the other one was received';
COMMENT ON COLUMN event_disagreements.other_dump_id IS 'Object revision that has the other one (ledger.id)';
COMMENT ON COLUMN event_disagreements.other_content IS 'Columns of the other one';
COMMENT ON FUNCTION events_ensure_day IS 'Creates the partition of a day where it is missing';
