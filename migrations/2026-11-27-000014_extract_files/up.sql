-- Files of months, which keep their names: what each has had, so that a file is written once, and again only on request.
CREATE TABLE extract_files (
    output text NOT NULL,
    destination text NOT NULL,
    part text COLLATE "C" NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    revision integer NOT NULL CHECK (revision >= 1),
    key text NOT NULL,
    sha256 bytea NOT NULL,
    records bigint NOT NULL,
    size bigint NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (output, destination, month, part, revision)
);

COMMENT ON TABLE extract_files IS 'Every revision of every monthly file that was extracted; never pruned';
COMMENT ON COLUMN extract_files.output IS 'What was extracted: loans';
COMMENT ON COLUMN extract_files.destination IS 'Where files are written to: s3://BUCKET/PREFIX/ or a directory';
COMMENT ON COLUMN extract_files.part IS 'What the file is about; of loans, the id of the bank';
COMMENT ON COLUMN extract_files.month IS 'First day of the month';
COMMENT ON COLUMN extract_files.revision IS '1, and one more each time that other bytes took the place of the file';
COMMENT ON COLUMN extract_files.key IS 'Key of the file at the destination';
COMMENT ON COLUMN extract_files.sha256 IS 'SHA-256 of its bytes';
COMMENT ON COLUMN extract_files.records IS 'Rows in it';
COMMENT ON COLUMN extract_files.size IS 'Its size in bytes';
COMMENT ON COLUMN extract_files.written_at IS 'When it was recorded, right after it was written';
