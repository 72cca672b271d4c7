-- The tables of the contract (section 4) in schema main, and truefriend's own working
-- tables in schema internal. No PRIMARY KEY: on big tables an upsert by ON CONFLICT costs ten
-- times a delete by join and an insert; uniqueness is the writer's work and the tests' to check.
CREATE SCHEMA IF NOT EXISTS internal;

CREATE TABLE adds (
    add_id VARCHAR, staff_id VARCHAR, customer_id VARCHAR, bank_customer_id VARCHAR,
    added_at TIMESTAMPTZ, verified_at TIMESTAMPTZ, province VARCHAR,
    verdict VARCHAR, reasons VARCHAR[], fake_score DOUBLE, evidence JSON,
    policy_version VARCHAR, pending_until TIMESTAMPTZ, facts JSON,
    rules_version VARCHAR, revision BIGINT,
    day DATE, month VARCHAR, add_way BIGINT -- beyond the contract: the bank's day and month of added_at
);

CREATE TABLE signals (
    signal_id VARCHAR, code VARCHAR, customer_id VARCHAR, staff_id VARCHAR, score DOUBLE,
    window_start TIMESTAMPTZ, window_end TIMESTAMPTZ, evidence JSON
);

CREATE TABLE alerts (
    fingerprint VARCHAR, key VARCHAR, severity VARCHAR, status VARCHAR,
    started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ, summary_zh VARCHAR, summary_en VARCHAR,
    evidence JSON, runbook VARCHAR
);

CREATE TABLE verdict_changes (
    seq BIGINT, add_id VARCHAR, revision BIGINT, cause JSON,
    old_verdict VARCHAR, new_verdict VARCHAR, old_reasons VARCHAR[], new_reasons VARCHAR[],
    as_of TIMESTAMPTZ
);

CREATE TABLE late_events (
    seq BIGINT, event_id VARCHAR, source VARCHAR, type VARCHAR, time TIMESTAMPTZ,
    add_id VARCHAR, month VARCHAR, verdict VARCHAR
);

CREATE TABLE dead_letters (
    seq BIGINT, topic VARCHAR, partition BIGINT, "offset" BIGINT, key VARCHAR,
    code VARCHAR, sentence VARCHAR, original BLOB
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
    add_id VARCHAR, decision VARCHAR, "by" VARCHAR, "at" TIMESTAMPTZ, note VARCHAR
);

CREATE TABLE policies (
    version VARCHAR, effective_from DATE, author VARCHAR, reason VARCHAR, toml VARCHAR
);

CREATE TABLE positions (topic VARCHAR, partition BIGINT, next_offset BIGINT);

CREATE TABLE report_state (as_of TIMESTAMPTZ, timezone VARCHAR, schema_version INTEGER);

CREATE TABLE months (month VARCHAR, sealed_as_of TIMESTAMPTZ);

-- Counts of staff_daily that come from events alone (the topic `rolling`).
CREATE TABLE internal.rolling (
    day DATE, staff_id VARCHAR,
    removed BIGINT, messages_sent BIGINT, messages_received BIGINT,
    customers_wrote BIGINT, customers_answered BIGINT,
    moments BIGINT, adverts BIGINT, reactions BIGINT, groups_joined BIGINT, links_opened BIGINT,
    tasks_assigned BIGINT, tasks_executed BIGINT,
    -- Sums may pass 64 bits on their way: staff_daily cuts them, never these.
    sales BIGINT, amount_fen HUGEINT, interest_income_fen HUGEINT, fee_income_fen HUGEINT
);

-- The rows of staff_daily of sealed months, as they were at the seal.
CREATE TABLE internal.sealed_staff_daily (
    day DATE, staff_id VARCHAR, branch_id VARCHAR,
    adds BIGINT, valid BIGINT, pending BIGINT, invalid BIGINT, fake BIGINT, excluded BIGINT,
    fake_any BIGINT, verified BIGINT, removed BIGINT,
    messages_sent BIGINT, messages_received BIGINT,
    customers_wrote BIGINT, customers_answered BIGINT,
    moments BIGINT, adverts BIGINT, reactions BIGINT, groups_joined BIGINT, links_opened BIGINT,
    tasks_assigned BIGINT, tasks_executed BIGINT,
    sales BIGINT, amount_fen BIGINT, interest_income_fen BIGINT, fee_income_fen BIGINT
);

-- Bank customers whose manager has them as a friend (what the identity stage sends).
CREATE TABLE internal.covered (bank_customer_id VARCHAR);

-- Every decision on an add that was ever read, each once; the table cases has the last of each add.
CREATE TABLE internal.case_history (
    add_id VARCHAR, decision VARCHAR, "by" VARCHAR, "at" TIMESTAMPTZ, note VARCHAR
);

-- Complete days that were searched for slow-drip pools: a digest of the adds that were searched.
CREATE TABLE internal.drip_days (day DATE, digest VARCHAR);

-- What was found: customers and staff of each dense group of a day's span.
CREATE TABLE internal.drips (day DATE, customers VARCHAR[], staff VARCHAR[]);

-- The stages' state, in the bytes of the streaming changelog; batch: the commit that wrote it.
-- These are packed already: looking for a way to compress them takes time and finds none.
CREATE TABLE internal.state (
    stage VARCHAR, key VARCHAR, kind VARCHAR, sub VARCHAR,
    value BLOB USING COMPRESSION uncompressed, batch BIGINT
);

-- Accepted events after *as of*: applied by the run that reaches them.
CREATE TABLE internal.kept_events (time BIGINT, key VARCHAR, event BLOB);

-- Counters committed but not yet visible: the run that counted them has not settled.
CREATE TABLE internal.unsettled_rolling AS FROM internal.rolling;
CREATE TABLE internal.unsettled_late AS FROM late_events;

-- One row: settings of the database and where an unfinished run stood.
CREATE TABLE internal.meta (name VARCHAR, value VARCHAR);
