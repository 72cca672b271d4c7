-- Section 3: the verdict on an add. One table for each rule; every code is judged on its own.

-- "An add is one (staff_id, customer_id) pair, from its first friend.added. Events are ordered
-- by (time, id, source), texts by code point." Later ones of the pair change nothing.
CREATE TABLE first_added AS
SELECT staff_id, customer_id, time_us, id, source, add_way, province, ip_province,
    day_of(time_us) AS day, month_of(day_of(time_us)) AS month
FROM events WHERE type = 'friend.added'
QUALIFY row_number() OVER (PARTITION BY staff_id, customer_id ORDER BY time_us, id, source) = 1;

-- "The first one decides bank_customer_id, verified_at and province; later ones are evidence
-- only." It belongs to the customer: through whomever, before or after the add.
CREATE TABLE first_verified AS
SELECT customer_id, time_us, id, source, bank_customer_id, province, ip_province
FROM events WHERE type = 'identity.verified'
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY time_us, id, source) = 1;

-- "the greatest effective_from not after it, before the first the first"
CREATE TABLE policy_of_day AS
SELECT d.day, p.*
FROM (SELECT DISTINCT day FROM first_added) d
JOIN policies_expanded p ON p.effective_from = coalesce(
    (SELECT max(q.effective_from) FROM policies_expanded q WHERE q.effective_from <= d.day),
    (SELECT min(q.effective_from) FROM policies_expanded q));

-- An add with all that its verdict asks for. "An add's province is the first known of: the first
-- verification's province, its ip's, the add's own, its ip's." "The manager of a bank customer
-- on a day is manager_staff_id where manager_since is absent or not after it, else
-- previous_manager_staff_id."
CREATE TABLE judged AS
SELECT a.staff_id, a.customer_id, a.time_us, a.id, a.source, a.add_way, a.day, a.month,
    v.bank_customer_id, v.time_us AS verified_us, v.id AS verified_id, v.source AS verified_source,
    coalesce(v.province, v.ip_province, a.province, a.ip_province) AS province,
    c.account_opened_on, c.employee,
    CASE WHEN c.manager_since IS NULL OR c.manager_since <= a.day
        THEN c.manager_staff_id ELSE c.previous_manager_staff_id END AS manager,
    s.role, s.province AS staff_province,
    a.time_us + hours_us(24 * p.verify_within_days) AS pending_until,
    p.* EXCLUDE (day)
FROM first_added a
JOIN policy_of_day p ON p.day = a.day
LEFT JOIN first_verified v ON v.customer_id = a.customer_id
LEFT JOIN customers c ON c.bank_customer_id = v.bank_customer_id
LEFT JOIN staff s ON s.staff_id = a.staff_id;

-- "add_way 201 or 202, or a friend.transferred of this customer to this staff member with result
-- success and time <= added_at"
CREATE TABLE is_transferred AS
SELECT staff_id, customer_id FROM judged a
WHERE add_way IN (201, 202) OR EXISTS (
    SELECT 1 FROM events t
    WHERE t.type = 'friend.transferred' AND t.result = 'success'
        AND t.customer_id = a.customer_id AND t.to_staff_id = a.staff_id
        AND t.time_us <= a.time_us);

-- "an earlier add of the same customer_id, whatever its verdict"; scope "staff": never applies.
-- Adds are ordered by their first friend.added.
CREATE TABLE is_not_first_time AS
SELECT staff_id, customer_id FROM judged a
WHERE first_time_scope = 'bank' AND EXISTS (
    SELECT 1 FROM first_added b
    WHERE b.customer_id = a.customer_id
        AND (b.time_us, b.id, b.source) < (a.time_us, a.id, a.source));

-- "the verified bank customer is an employee"
CREATE TABLE is_employee AS
SELECT staff_id, customer_id FROM judged WHERE employee AND NOT allow_employees;

-- "the first verification of another customer_id names the same bank_customer_id and is earlier
-- than this customer's first"
CREATE TABLE is_duplicate_identity AS
SELECT staff_id, customer_id FROM judged a
WHERE NOT allow_shared_identity AND EXISTS (
    SELECT 1 FROM first_verified b
    WHERE b.customer_id <> a.customer_id AND b.bank_customer_id = a.bank_customer_id
        AND (b.time_us, b.id, b.source) < (a.verified_us, a.verified_id, a.verified_source));

-- "a friend.removed of the pair by staff or customer with
-- 0 <= its time - added_at <= keep_days x 24 h"
CREATE TABLE is_removed_early AS
SELECT staff_id, customer_id FROM judged a
WHERE EXISTS (
    SELECT 1 FROM events r
    WHERE r.type = 'friend.removed' AND r."by" IN ('staff', 'customer')
        AND r.staff_id = a.staff_id AND r.customer_id = a.customer_id
        AND r.time_us - a.time_us BETWEEN 0 AND hours_us(24 * a.keep_days));

-- "no identity.verified of the customer"; whether it is still pending stands in d_adds.
CREATE TABLE is_unverified AS
SELECT staff_id, customer_id FROM judged
WHERE verification_required AND verified_us IS NULL;

-- "verified, and account_opened_on is missing (or the row is) or after the last day of the add's
-- month"
CREATE TABLE is_no_account AS
SELECT staff_id, customer_id FROM judged
WHERE account_required AND verified_us IS NOT NULL
    AND (account_opened_on IS NULL OR account_opened_on > last_day(day));

-- "verified, and the bank customer's manager on the add's day is someone else, or nobody or
-- without a row [allow_unassigned]; staff whose role is known and not in the roles are not judged"
CREATE TABLE is_not_own_customer AS
SELECT staff_id, customer_id FROM judged
WHERE own_customer_required AND verified_us IS NOT NULL
    AND (role IS NULL OR list_contains(own_customer_roles, role))
    AND CASE WHEN manager IS NULL THEN NOT own_customer_allow_unassigned
        ELSE manager <> staff_id END;

-- "Weights are integers (millionths of log-odds)": of each family the weight times the score, to
-- six decimals, of all its signals; neither more than its cap nor less than minus that. Lockstep's
-- together no more than 7.5, unless the strongest is more.
CREATE TABLE evidence_of AS
SELECT staff_id, customer_id, code, greatest(-cap, least(total, cap,
    if(code = 'fake_lockstep', greatest(7500000, strongest), cap))) AS weight
FROM (
    SELECT staff_id, customer_id, code, total, strongest, coalesce(c.cap, abs(total)) AS cap
    FROM (
        SELECT a.staff_id, a.customer_id, a.version, s.code,
            sum(floored(w.weight * round_even(s.score * 1e6, 0)::BIGINT, 1000000)) AS total,
            max(floored(w.weight * round_even(s.score * 1e6, 0)::BIGINT, 1000000)) AS strongest
        FROM judged a
        JOIN signals s ON s.customer_id = a.customer_id
            AND month_of(day_of(s.window_start)) = a.month
            AND (s.staff_id IS NULL OR s.staff_id = a.staff_id)
        JOIN fake_weights w ON w.version = a.version AND w.code = s.code
        GROUP BY ALL
    ) LEFT JOIN fake_caps c USING (version, code)
);

-- The logistic function of the prior and all families; "0 without evidence" against the add.
CREATE TABLE scored AS
SELECT staff_id, customer_id,
    round(1 / (1 + exp(-greatest(-700, least(700,
        (any_value(fake_prior) + sum(weight))::DOUBLE / 1e6)))), 6) AS fake_score
FROM evidence_of JOIN judged USING (staff_id, customer_id)
GROUP BY ALL HAVING max(weight) > 0;

-- "fake_score >= fake.threshold: then one code for each family that added evidence", "in this
-- order, then others by code point". None for an add that a person cleared.
CREATE TABLE is_fake AS
SELECT staff_id, customer_id, code, 3 + coalesce(list_position(['fake_lockstep', 'fake_burst',
    'fake_shared_device', 'fake_ring', 'fake_reward_hunter', 'fake_throwaway'], code), 9) / 10
    AS place
FROM evidence_of JOIN scored USING (staff_id, customer_id) JOIN judged USING (staff_id, customer_id)
WHERE weight > 0 AND fake_score >= fake_threshold AND NOT EXISTS (
    SELECT 1 FROM cases
    WHERE add_id = left(sha256(staff_id || chr(31) || customer_id), 32)
        AND decision = 'dismissed');

-- All codes but the last, with their place in the table of codes.
CREATE TABLE earlier_codes AS
SELECT *, 1 AS place, 'transferred' AS code FROM is_transferred
UNION ALL SELECT *, 2, 'not_first_time' FROM is_not_first_time
UNION ALL SELECT staff_id, customer_id, place, code FROM is_fake
UNION ALL SELECT *, 4, 'employee' FROM is_employee
UNION ALL SELECT *, 5, 'duplicate_identity' FROM is_duplicate_identity
UNION ALL SELECT *, 6, 'removed_early' FROM is_removed_early
UNION ALL SELECT *, 7, 'unverified' FROM is_unverified
UNION ALL SELECT *, 8, 'no_account' FROM is_no_account
UNION ALL SELECT *, 9, 'not_own_customer' FROM is_not_own_customer;

-- "for a staff member with a known province and a month, take the adds without any earlier code
-- and with a known province": i in the staff member's province; k numbers those out of it.
CREATE TABLE province_ratio AS
SELECT *,
    count(*) FILTER (inside) OVER (PARTITION BY staff_id, month) AS i,
    row_number() OVER (PARTITION BY staff_id, month, inside ORDER BY time_us, id, source) AS k
FROM (
    SELECT *, province = staff_province AS inside FROM judged
    WHERE province IS NOT NULL AND staff_province IS NOT NULL
) ANTI JOIN earlier_codes USING (staff_id, customer_id);

-- "the k-th out-of-province add stays valid if k <= floor(i L / (1 - L)), with its own policy's
-- L; exact decimal arithmetic; L >= 1: no bound". L = n / d, so L / (1 - L) = n / (d - n).
CREATE TABLE is_out_of_province AS
SELECT staff_id, customer_id FROM province_ratio
WHERE NOT inside AND limit_n < limit_d
    AND k > (i::HUGEINT * limit_n) // (limit_d - limit_n);

CREATE TABLE reasons_of AS
SELECT staff_id, customer_id, list(code ORDER BY place, code) AS reasons
FROM (FROM earlier_codes UNION ALL SELECT *, 10, 'out_of_province' FROM is_out_of_province)
GROUP BY ALL;

-- "`reasons` holds all that apply, in this order; the verdict is that of the first." Pending
-- "while as-of <= added_at + verify_within_days x 24 h".
CREATE TABLE d_adds AS
SELECT left(sha256(staff_id || chr(31) || customer_id), 32) AS add_id,
    staff_id, customer_id, bank_customer_id,
    time_us AS added_at, verified_us AS verified_at, province,
    CASE
        WHEN r.reasons IS NULL THEN 'valid'
        WHEN r.reasons[1] IN ('transferred', 'not_first_time') THEN 'excluded'
        WHEN r.reasons[1] = 'unverified'
            AND (SELECT as_of_us FROM params) <= pending_until THEN 'pending'
        WHEN starts_with(r.reasons[1], 'fake_') THEN 'fake'
        ELSE 'invalid'
    END AS verdict,
    coalesce(r.reasons, []::VARCHAR[]) AS reasons,
    coalesce(fake_score, 0.0) AS fake_score,
    version AS policy_version, pending_until
FROM judged LEFT JOIN reasons_of r USING (staff_id, customer_id)
LEFT JOIN scored USING (staff_id, customer_id);
