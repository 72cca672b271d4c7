-- Tables of the contract that are pure functions of others, as views: they tie out at every
-- moment. Below them the views a person would query.
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
        coalesce(r.sales, 0) AS sales, coalesce(r.amount_fen, 0) AS amount_fen,
        coalesce(r.interest_income_fen, 0) AS interest_income_fen,
        coalesce(r.fee_income_fen, 0) AS fee_income_fen
    FROM by_adds a FULL JOIN internal.rolling r USING (day, staff_id)
)
SELECT o.day, o.staff_id, s.branch_id, o.* EXCLUDE (day, staff_id)
FROM open_days o LEFT JOIN staff s USING (staff_id)
UNION ALL
SELECT * FROM internal.sealed_staff_daily;

CREATE OR REPLACE VIEW branch_daily AS
SELECT day, branch_id, count(*)::BIGINT AS staff_active,
    sum(COLUMNS(* EXCLUDE (day, staff_id, branch_id)))::BIGINT
FROM staff_daily GROUP BY day, branch_id;

CREATE OR REPLACE VIEW segment_coverage AS
SELECT c.manager_staff_id, c.segment, s.branch_id,
    count(*) AS customers, count(k.bank_customer_id) AS covered
FROM customers c
LEFT JOIN internal.covered k USING (bank_customer_id)
LEFT JOIN staff s ON s.staff_id = c.manager_staff_id
WHERE c.manager_staff_id IS NOT NULL AND NOT coalesce(c.employee, false)
GROUP BY ALL;
