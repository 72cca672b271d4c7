-- Tables of the contract that are pure functions of others, as views: they tie out at every
-- moment. Below them the views a person would query.
CREATE OR REPLACE MACRO in_64_bits(whole) AS
    greatest(least(whole, 9223372036854775807), -9223372036854775807)::BIGINT;

CREATE OR REPLACE VIEW staff_daily AS
WITH by_adds AS (
    SELECT day, staff_id,
        count(*) AS adds,
        count(*) FILTER (verdict = 'valid') AS valid,
        count(*) FILTER (verdict = 'pending') AS pending,
        count(*) FILTER (verdict = 'invalid') AS invalid,
        count(*) FILTER (verdict = 'fake') AS fake,
        count(*) FILTER (verdict = 'excluded') AS excluded,
        count(*) FILTER (len(list_filter(reasons, lambda r: starts_with(r, 'fake_'))) > 0) AS fake_any,
        count(verified_at) AS verified
    FROM adds
    WHERE month NOT IN (SELECT month FROM months WHERE sealed_as_of IS NOT NULL)
    GROUP BY ALL
), open_days AS (
    SELECT day, staff_id,
        coalesce(a.adds, 0) AS adds, coalesce(a.valid, 0) AS valid,
        coalesce(a.pending, 0) AS pending, coalesce(a.invalid, 0) AS invalid,
        coalesce(a.fake, 0) AS fake, coalesce(a.excluded, 0) AS excluded,
        coalesce(a.fake_any, 0) AS fake_any, coalesce(a.verified, 0) AS verified,
        coalesce(r.removed, 0) AS removed,
        coalesce(r.messages_sent, 0) AS messages_sent,
        coalesce(r.messages_received, 0) AS messages_received,
        coalesce(r.customers_wrote, 0) AS customers_wrote,
        coalesce(r.customers_answered, 0) AS customers_answered,
        coalesce(r.moments, 0) AS moments, coalesce(r.adverts, 0) AS adverts,
        coalesce(r.reactions, 0) AS reactions, coalesce(r.groups_joined, 0) AS groups_joined,
        coalesce(r.links_opened, 0) AS links_opened,
        coalesce(r.tasks_assigned, 0) AS tasks_assigned,
        coalesce(r.tasks_executed, 0) AS tasks_executed,
        coalesce(r.sales, 0) AS sales, in_64_bits(coalesce(r.amount_fen, 0)) AS amount_fen,
        in_64_bits(coalesce(r.interest_income_fen, 0)) AS interest_income_fen,
        in_64_bits(coalesce(r.fee_income_fen, 0)) AS fee_income_fen
    FROM by_adds a FULL JOIN internal.rolling r USING (day, staff_id)
)
SELECT o.day, o.staff_id, s.branch_id, o.* EXCLUDE (day, staff_id)
FROM open_days o LEFT JOIN staff s USING (staff_id)
UNION ALL
SELECT * FROM internal.sealed_staff_daily;

CREATE OR REPLACE VIEW branch_daily AS
SELECT day, branch_id, count(*)::BIGINT AS staff_active,
    in_64_bits(sum(COLUMNS(* EXCLUDE (day, staff_id, branch_id))))
FROM staff_daily GROUP BY day, branch_id;

CREATE OR REPLACE VIEW segment_coverage AS
SELECT c.manager_staff_id, c.segment, s.branch_id,
    count(*) AS customers, count(k.bank_customer_id) AS covered
FROM customers c
LEFT JOIN internal.covered k USING (bank_customer_id)
LEFT JOIN staff s ON s.staff_id = c.manager_staff_id
WHERE c.manager_staff_id IS NOT NULL AND NOT coalesce(c.employee, false)
GROUP BY ALL;

-- What a person would query.
CREATE OR REPLACE VIEW adds_named AS
SELECT a.*, s.name AS staff_name, s.role AS staff_role, s.branch_id, b.name AS branch_name
FROM adds a
LEFT JOIN staff s USING (staff_id)
LEFT JOIN branches b USING (branch_id);
COMMENT ON VIEW adds_named IS
    'Every add with the name and the branch of its staff member, as now known (NULL: unknown).';

CREATE OR REPLACE VIEW month_to_date AS
SELECT strftime(d.day, '%Y-%m') AS month, d.staff_id, any_value(s.name) AS staff_name,
    any_value(d.branch_id) AS branch_id, any_value(b.name) AS branch_name,
    sum(d.adds)::BIGINT AS raw, sum(d.valid)::BIGINT AS counted,
    sum(COLUMNS(d.* EXCLUDE (day, staff_id, branch_id)))::BIGINT,
    (100 * sum(d.adds))::BIGINT AS reward_paid_fen,
    (100 * sum(d.invalid + d.fake + d.excluded))::BIGINT AS reward_wasted_fen,
    (100 * sum(d.pending))::BIGINT AS reward_undecided_fen
FROM staff_daily d
LEFT JOIN staff s USING (staff_id)
LEFT JOIN branches b ON b.branch_id = d.branch_id
GROUP BY month, d.staff_id;
COMMENT ON VIEW month_to_date IS
    'The sums of staff_daily by month and staff member; raw = adds, counted = valid. reward_*: what 1 yuan for each raw add costs, what of it went to adds that are invalid, fake or excluded, and what to pending ones, in whole fen.';

CREATE OR REPLACE VIEW not_counted AS
SELECT a.month,
    CASE WHEN a.month IN (SELECT month FROM months WHERE sealed_as_of IS NOT NULL)
        THEN any_value(p.branch_id) ELSE any_value(s.branch_id) END AS branch_id,
    a.staff_id, a.reasons[1] AS code, a.verdict, count(*) AS adds
FROM adds a
LEFT JOIN staff s USING (staff_id)
LEFT JOIN (
    SELECT DISTINCT strftime(day, '%Y-%m') AS month, staff_id, branch_id
    FROM internal.sealed_staff_daily
) p ON p.staff_id = a.staff_id AND p.month = a.month
WHERE a.verdict <> 'valid'
GROUP BY a.month, a.staff_id, code, a.verdict;
COMMENT ON VIEW not_counted IS
    'Why adds did not count: by month, staff member and the first of their reasons (unverified with verdict pending: may still count). The branch as in staff_daily.';

CREATE OR REPLACE VIEW verified_friends_by_segment AS
SELECT s.branch_id, any_value(b.name) AS branch_name, c.segment,
    count(DISTINCT a.bank_customer_id) AS customers,
    count(DISTINCT a.bank_customer_id) FILTER (a.verdict = 'valid') AS customers_counted
FROM adds a
JOIN customers c USING (bank_customer_id)
LEFT JOIN staff s USING (staff_id)
LEFT JOIN branches b ON b.branch_id = s.branch_id
WHERE a.verified_at IS NOT NULL
GROUP BY s.branch_id, c.segment;
COMMENT ON VIEW verified_friends_by_segment IS
    'Different verified bank customers whom staff of a branch have added, by segment: all of them, and those with at least one add that counts.';

CREATE OR REPLACE VIEW detector_precision AS
SELECT code,
    count(*) FILTER (decision = 'confirmed') AS confirmed,
    count(*) FILTER (decision = 'dismissed') AS dismissed,
    count(*) FILTER (decision = 'confirmed') / count(*) AS precision
FROM (
    SELECT DISTINCT add_id, decision, signal->>'code' AS code
    FROM (
        SELECT c.add_id, c.decision, unnest(a.evidence->'$[*]') AS signal
        FROM cases c JOIN adds a USING (add_id)
    )
    WHERE (signal->>'weight')::BIGINT > 0
)
WHERE starts_with(code, 'fake_')
GROUP BY code;
COMMENT ON VIEW detector_precision IS
    'Of the adds that people decided, by each fake_* code whose evidence speaks against them (whether or not it reached the threshold): how many were confirmed, how many dismissed, and the share confirmed.';
