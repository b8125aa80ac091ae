ALTER TABLE ledger DROP COLUMN confirmed_at;
