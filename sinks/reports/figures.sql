-- What every other query of a report reads: small temporary tables, one row a staff member and
-- period. Filled period by period (see fill.py), so that adds are read for these days only.
CREATE TEMP TABLE figure (
    period VARCHAR, staff_id VARCHAR, branch_id VARCHAR, {counts}
);

-- Adds that do not count, by the first of their reasons.
CREATE TEMP TABLE reason (
    period VARCHAR, staff_id VARCHAR, branch_id VARCHAR, code VARCHAR, verdict VARCHAR, n BIGINT
);

CREATE TEMP TABLE coverage AS
SELECT manager_staff_id AS staff_id, segment, branch_id, customers, covered
FROM segment_coverage;
