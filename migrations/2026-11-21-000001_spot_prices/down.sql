DROP FUNCTION spot_ensure_month(date);
DROP VIEW spot_disagreements;
DROP VIEW spot_prices;
DROP TABLE spot_days;
DROP TABLE spot_carried;
DROP TABLE spot_observations;
DROP TABLE spot_pools;
