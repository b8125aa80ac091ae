-- Days that an older version landed while summaries were introduced, or after that: their summaries are missing, or
-- of other rows. The next import makes them anew.
UPDATE ledger SET summarized = false
FROM spot_days AS day
WHERE ledger.feed = 'spot' AND ledger.status = 'landed'
    AND day.account_id = ledger.account_id AND day.region = ledger.region AND day.day = ledger.day
    AND day.row_count <> (
        SELECT coalesce(sum((SELECT sum(records) FROM unnest(summary.records) AS records)), 0)
        FROM spot_summaries AS summary
        WHERE summary.account_id = day.account_id AND summary.region = day.region AND summary.day = day.day
    );
CREATE INDEX ledger_unsummarized ON ledger (account_id, region)
    WHERE NOT summarized AND feed = 'spot' AND status IN ('landed', 'superseded');
