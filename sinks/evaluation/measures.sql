-- The truth beside the verdicts, from the table `truth` and the database.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT t.staff_id, t.customer_id, t.label, t.pool_id, t.context,
    t.label <> 'organic' AS fake,
    a.add_id, a.added_at, a.month, a.fake_score, a.reasons,
    len(list_filter(a.reasons, lambda r: starts_with(r, 'fake_'))) > 0 AS found,
    -- Pending or valid, did no fake_* stand among the reasons.
    len(list_filter(a.reasons, lambda r: NOT starts_with(r, 'fake_') AND r <> 'unverified')) = 0
        AND (NOT list_contains(a.reasons, 'unverified')
            OR (a.pending_until >= (SELECT as_of FROM main.report_state) AND a.month NOT IN
                (SELECT month FROM main.months WHERE sealed_as_of IS NOT NULL))) AS otherwise_paid
FROM truth t JOIN main.adds a USING (staff_id, customer_id);

-- A customer with a fake add; found if any of the customer's adds is.
CREATE OR REPLACE TEMP TABLE accounts AS
SELECT customer_id, bool_or(found) AS found, list(DISTINCT label) FILTER (fake) AS labels
FROM judged GROUP BY customer_id HAVING bool_or(fake);
