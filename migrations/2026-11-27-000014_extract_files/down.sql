DROP TABLE extract_files;
COMMENT ON TABLE extracts IS 'The latest file of each part at each destination of an extract';
COMMENT ON COLUMN extracts.feed IS 'Feed that was extracted';
COMMENT ON COLUMN extracts.changes IS 'State of the part that it has (feed_parts.changes)';
