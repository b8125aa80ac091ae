ALTER TABLE ledger DROP COLUMN confirmed;
