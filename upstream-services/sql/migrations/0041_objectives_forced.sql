-- As every table that requests reach: not even its owner passes by.

ALTER TABLE slo_objectives FORCE ROW LEVEL SECURITY;
