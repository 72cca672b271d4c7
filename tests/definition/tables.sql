-- What the definition reads. Texts compare by code point: DuckDB orders VARCHAR by the bytes of
-- UTF-8. Times are microseconds since 1970 UTC. What counts as absent is NULL.

-- One row: as of (NULL without any event) and the bank's offset from UTC.
CREATE TABLE params (as_of_us BIGINT, offset_us BIGINT);

-- Accepted events, first copies only, with time <= as of. ip_province: what the ip table says.
CREATE TABLE events (
    source VARCHAR, id VARCHAR, type VARCHAR, time_us BIGINT,
    staff_id VARCHAR, customer_id VARCHAR, add_way BIGINT, channel VARCHAR, ip VARCHAR,
    province VARCHAR, device_id VARCHAR, account_kind VARCHAR, mutual BOOLEAN, "by" VARCHAR,
    from_staff_id VARCHAR, to_staff_id VARCHAR, result VARCHAR, method VARCHAR,
    bank_customer_id VARCHAR, group_id VARCHAR, sender VARCHAR, kind VARCHAR, task_id VARCHAR,
    moment_id VARCHAR, topic VARCHAR, advert BOOLEAN, assigned_by VARCHAR, audience BIGINT,
    status VARCHAR, link_id VARCHAR, product VARCHAR, campaign VARCHAR, amount_fen BIGINT,
    interest_income_fen BIGINT, fee_income_fen BIGINT,
    ip_province VARCHAR
);

CREATE TABLE customers (
    bank_customer_id VARCHAR, manager_staff_id VARCHAR, home_province VARCHAR, segment VARCHAR,
    account_opened_on DATE, employee BOOLEAN, tags VARCHAR[], manager_since DATE,
    previous_manager_staff_id VARCHAR
);
CREATE TABLE staff (
    staff_id VARCHAR, role VARCHAR, branch_id VARCHAR, province VARCHAR, city VARCHAR,
    active_from DATE, active_to DATE, name VARCHAR
);
CREATE TABLE branches (
    branch_id VARCHAR, parent_branch_id VARCHAR, name VARCHAR, province VARCHAR
);
CREATE TABLE cases (
    add_id VARCHAR, decision VARCHAR, "by" VARCHAR, "at" BIGINT, note VARCHAR
);

-- The policies with every key filled in; one row "default" where none is given. The limit of
-- out_of_province is the exact fraction limit_n / limit_d.
CREATE TABLE policies_expanded (
    version VARCHAR, effective_from DATE, first_time_scope VARCHAR, fake_threshold DOUBLE,
    allow_employees BOOLEAN, allow_shared_identity BOOLEAN, keep_days BIGINT,
    verification_required BOOLEAN, verify_within_days BIGINT, account_required BOOLEAN,
    own_customer_required BOOLEAN, own_customer_allow_unassigned BOOLEAN,
    own_customer_roles VARCHAR[], limit_n BIGINT, limit_d BIGINT, fake_prior BIGINT
);
-- What a policy says of each family of evidence; those not named weigh nothing and have no cap.
CREATE TABLE fake_weights (version VARCHAR, code VARCHAR, weight BIGINT);
CREATE TABLE fake_caps (version VARCHAR, code VARCHAR, cap BIGINT);

-- The detectors' evidence, taken as it is: what they should find is defined with them. staff_id
-- NULL: it speaks of all adds that the customer has in the month of window_start.
CREATE TABLE signals (
    signal_id VARCHAR, code VARCHAR, customer_id VARCHAR, staff_id VARCHAR, score DOUBLE,
    window_start BIGINT
);

CREATE MACRO day_of(time_us) AS
    DATE '1970-01-01' + ((time_us + (SELECT offset_us FROM params)) // 86400000000)::INTEGER;
CREATE MACRO month_of(day) AS strftime(day, '%Y-%m');
CREATE MACRO floored(n, d) AS (n::HUGEINT - ((n::HUGEINT % d) + d) % d) // d;
CREATE MACRO hours_us(hours) AS hours * 3600000000;
