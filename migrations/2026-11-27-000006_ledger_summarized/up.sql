-- What has landed so far counts as summarized without a rewrite of the table; a version that does not know the
-- column yet leaves it false for what it lands from now on.
ALTER TABLE ledger ADD COLUMN summarized boolean NOT NULL DEFAULT true;
ALTER TABLE ledger ALTER COLUMN summarized SET DEFAULT false;
COMMENT ON COLUMN ledger.summarized IS 'Whether the summaries of the days it changed were made with it; false where a version before summaries landed it, until the next import makes them';
