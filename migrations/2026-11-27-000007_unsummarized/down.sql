DROP INDEX ledger_unsummarized;
