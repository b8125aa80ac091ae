DROP TABLE extracts;
DROP TABLE feed_parts;
