DROP FUNCTION events_ensure_day;
DROP VIEW event_disagreements;
DROP TABLE event_claims;
DROP TABLE event_ids;
DROP TABLE events;
