ALTER TABLE ledger DROP COLUMN summarized;
