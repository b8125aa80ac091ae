-- The catalog stays: others may have tables in it.
DROP TABLE lake_files;
DROP TABLE lake_snapshots;
DROP TABLE lake_tables;
