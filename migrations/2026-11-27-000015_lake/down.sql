-- Others may have tables in the catalog.
DO $$
BEGIN
    DELETE FROM iceberg_tables AS pointer USING lake_tables AS published
    WHERE pointer.catalog_name = published.catalog AND pointer.table_namespace = 'feeds' AND pointer.table_name = published.feed;
    IF NOT EXISTS (SELECT FROM iceberg_tables) THEN
        DROP TABLE iceberg_tables, iceberg_namespace_properties;
    END IF;
END $$;
DROP TABLE lake_files;
DROP TABLE lake_snapshots;
DROP TABLE lake_tables;
