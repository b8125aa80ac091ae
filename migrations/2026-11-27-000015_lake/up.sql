-- The catalog of Iceberg tables, as the JDBC catalog of Iceberg creates it (schema version V1): Spark, Trino and Flink read these.
CREATE TABLE IF NOT EXISTS iceberg_tables (
    catalog_name varchar(255) NOT NULL,
    table_namespace varchar(255) NOT NULL,
    table_name varchar(255) NOT NULL,
    metadata_location varchar(1000),
    previous_metadata_location varchar(1000),
    iceberg_type varchar(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);

-- Where version V0 of that schema was there.
ALTER TABLE iceberg_tables ADD COLUMN IF NOT EXISTS iceberg_type varchar(5);

CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
    catalog_name varchar(255) NOT NULL,
    namespace varchar(255) NOT NULL,
    property_key varchar(255),
    property_value varchar(1000),
    PRIMARY KEY (catalog_name, namespace, property_key)
);

-- What is published. Metadata files are written from these tables alone: nothing is ever read from the lake.
CREATE TABLE lake_tables (
    catalog text NOT NULL,
    feed text NOT NULL,
    destination text NOT NULL,
    uuid uuid NOT NULL,
    version bigint NOT NULL,
    metadata_key text NOT NULL,
    schemas jsonb NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (catalog, feed)
);

CREATE TABLE lake_snapshots (
    catalog text NOT NULL,
    feed text NOT NULL,
    sequence bigint NOT NULL,
    snapshot_id bigint NOT NULL,
    parent_id bigint,
    read_at timestamptz NOT NULL,
    schema_id integer NOT NULL,
    manifest_list_key text NOT NULL,
    summary jsonb NOT NULL,
    superseded_at timestamptz,
    PRIMARY KEY (catalog, feed, sequence),
    FOREIGN KEY (catalog, feed) REFERENCES lake_tables
);

CREATE TABLE lake_files (
    catalog text NOT NULL,
    feed text NOT NULL,
    key text NOT NULL,
    part text COLLATE "C",
    changes bigint,
    sha256 bytea NOT NULL,
    records bigint,
    size bigint NOT NULL,
    bounds jsonb,
    sequence bigint,
    snapshot_id bigint,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    written_at timestamptz,
    removed_at timestamptz,
    PRIMARY KEY (catalog, feed, key),
    CHECK (num_nulls(part, changes, records, bounds) IN (0, 4))
);
-- A part has one file at a time.
CREATE UNIQUE INDEX lake_files_current ON lake_files (catalog, feed, part)
    WHERE part IS NOT NULL AND sequence IS NOT NULL AND removed_at IS NULL;

COMMENT ON TABLE iceberg_tables IS 'Where the current metadata of each Iceberg table are; others read it, landfall publish writes it';
COMMENT ON COLUMN iceberg_tables.catalog_name IS 'Name of the catalog (landfall publish --catalog)';
COMMENT ON COLUMN iceberg_tables.table_namespace IS 'Namespace: feeds';
COMMENT ON COLUMN iceberg_tables.table_name IS 'Table: the feed';
COMMENT ON COLUMN iceberg_tables.metadata_location IS 'URL of the current metadata file';
COMMENT ON COLUMN iceberg_tables.previous_metadata_location IS 'URL of the metadata file before it';
COMMENT ON COLUMN iceberg_tables.iceberg_type IS 'TABLE';
COMMENT ON TABLE iceberg_namespace_properties IS 'Properties of namespaces, which the JDBC catalog expects; empty';
COMMENT ON COLUMN iceberg_namespace_properties.catalog_name IS 'Name of the catalog';
COMMENT ON COLUMN iceberg_namespace_properties.namespace IS 'Namespace';
COMMENT ON COLUMN iceberg_namespace_properties.property_key IS 'Name of the property';
COMMENT ON COLUMN iceberg_namespace_properties.property_value IS 'Its value';
COMMENT ON TABLE lake_tables IS 'Feeds that are published as Iceberg tables';
COMMENT ON COLUMN lake_tables.catalog IS 'Name of the catalog; each has one destination';
COMMENT ON COLUMN lake_tables.feed IS 'Feed, and name of the table';
COMMENT ON COLUMN lake_tables.destination IS 'Where it is: s3://BUCKET/PREFIX/ or a directory, without the folder of the feed';
COMMENT ON COLUMN lake_tables.uuid IS 'Identifies the table, in its metadata and in its folder';
COMMENT ON COLUMN lake_tables.version IS 'Number of the current metadata file, from 1; 0 before the first is committed';
COMMENT ON COLUMN lake_tables.metadata_key IS 'Key of the current metadata file';
COMMENT ON COLUMN lake_tables.schemas IS 'Schemas of the table, oldest first';
COMMENT ON COLUMN lake_tables.read_at IS 'What was committed before is in the table';
COMMENT ON TABLE lake_snapshots IS 'Snapshots of published tables that did not expire';
COMMENT ON COLUMN lake_snapshots.catalog IS 'Name of the catalog';
COMMENT ON COLUMN lake_snapshots.feed IS 'Feed';
COMMENT ON COLUMN lake_snapshots.sequence IS 'Place in the history of the table, from 1';
COMMENT ON COLUMN lake_snapshots.snapshot_id IS 'Id of the snapshot';
COMMENT ON COLUMN lake_snapshots.parent_id IS 'Id of the snapshot before it';
COMMENT ON COLUMN lake_snapshots.read_at IS 'The state of the database that it shows';
COMMENT ON COLUMN lake_snapshots.schema_id IS 'Schema of the table then: its place in lake_tables.schemas, from 0';
COMMENT ON COLUMN lake_snapshots.manifest_list_key IS 'Key of its manifest list';
COMMENT ON COLUMN lake_snapshots.summary IS 'What it changed, and which state of the ledger it shows (landfall.ledger-id)';
COMMENT ON COLUMN lake_snapshots.superseded_at IS 'When another became the current one';
COMMENT ON TABLE lake_files IS 'Every file of published tables, recorded before it is written and removed after it is deleted';
COMMENT ON COLUMN lake_files.catalog IS 'Name of the catalog';
COMMENT ON COLUMN lake_files.feed IS 'Feed';
COMMENT ON COLUMN lake_files.key IS 'Key at the destination; never used for anything else';
COMMENT ON COLUMN lake_files.part IS 'Part that it has (feed_parts.part); null for metadata';
COMMENT ON COLUMN lake_files.changes IS 'State of the part that it has (feed_parts.changes)';
COMMENT ON COLUMN lake_files.sha256 IS 'SHA-256 of its bytes';
COMMENT ON COLUMN lake_files.records IS 'Rows in it';
COMMENT ON COLUMN lake_files.size IS 'Its size in bytes';
COMMENT ON COLUMN lake_files.bounds IS 'Lowest and highest values of columns of times and days';
COMMENT ON COLUMN lake_files.sequence IS 'Snapshot that it came with; null until that is committed';
COMMENT ON COLUMN lake_files.snapshot_id IS 'Id of that snapshot';
COMMENT ON COLUMN lake_files.recorded_at IS 'When it was recorded, just before it was written';
COMMENT ON COLUMN lake_files.written_at IS 'When it was durable; of files of rows only';
COMMENT ON COLUMN lake_files.removed_at IS 'When another took its place';
