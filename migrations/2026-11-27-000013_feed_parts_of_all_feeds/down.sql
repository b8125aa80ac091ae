DELETE FROM feed_parts WHERE feed <> 'events';
ALTER TABLE feed_parts DROP COLUMN row_count;
