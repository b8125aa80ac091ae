ALTER TABLE ledger ADD COLUMN confirmed_at timestamptz;
COMMENT ON COLUMN ledger.confirmed_at IS 'When the latest copy of these bytes at another place was modified, if that is later than modified_at';
