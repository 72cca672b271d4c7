-- Section 4, segment_coverage.

-- "the last friend.added or successful transfer to the manager is later, in the order of section
-- 3, than the last removal by anyone or successful transfer away": what makes a pair friends and
-- what ends it, each pair's events in that order.
CREATE TABLE friendship_steps AS
SELECT staff_id, customer_id, time_us, id, source, true AS friends
FROM events WHERE type = 'friend.added'
UNION ALL
SELECT to_staff_id, customer_id, time_us, id, source, true
FROM events WHERE type = 'friend.transferred' AND result = 'success'
UNION ALL
SELECT staff_id, customer_id, time_us, id, source, false
FROM events WHERE type = 'friend.removed'
UNION ALL
SELECT from_staff_id, customer_id, time_us, id, source, false
FROM events WHERE type = 'friend.transferred' AND result = 'success';

-- A transfer from a staff member to the same one is both steps at once; the first is then not
-- later than the second, so the pair are no friends.
CREATE TABLE friends_now AS
SELECT DISTINCT staff_id, customer_id FROM friendship_steps a
WHERE friends AND NOT EXISTS (
    SELECT 1 FROM friendship_steps b
    WHERE b.staff_id = a.staff_id AND b.customer_id = a.customer_id AND NOT b.friends
        AND (b.time_us, b.id, b.source) >= (a.time_us, a.id, a.source));

-- "customers (rows of the manager, employees left out; no row without a manager or without
-- customers), covered (of these, one of its verified customer_ids is the manager's friend)"
CREATE TABLE d_segment_coverage AS
SELECT c.manager_staff_id, c.segment, s.branch_id,
    count(*) AS customers,
    count_if(EXISTS (
        SELECT 1 FROM first_verified v JOIN friends_now f USING (customer_id)
        WHERE v.bank_customer_id = c.bank_customer_id AND f.staff_id = c.manager_staff_id
    )) AS covered
FROM customers c LEFT JOIN staff s ON s.staff_id = c.manager_staff_id
WHERE c.manager_staff_id IS NOT NULL AND NOT coalesce(c.employee, false)
GROUP BY c.manager_staff_id, c.segment, s.branch_id;
