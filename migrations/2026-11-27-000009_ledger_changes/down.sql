DROP INDEX ledger_market;
DROP TRIGGER ledger_inserted ON ledger;
DROP TRIGGER ledger_updated ON ledger;
DROP TRIGGER ledger_deleted ON ledger;
DROP FUNCTION ledger_changed();
DROP TABLE ledger_changes;
