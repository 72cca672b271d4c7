-- What only the sink keeps, beside the tables of schema.sql.

-- The last word of the stages on adds of sealed months, whose rows in adds stay as they are.
CREATE TABLE IF NOT EXISTS internal.shadow_adds (
    add_id VARCHAR, verdict VARCHAR, reasons VARCHAR[], revision BIGINT
);

-- The rows of late_events whose event changed an add by way of another customer or staff member.
CREATE TABLE IF NOT EXISTS internal.late_by_others (
    event_id VARCHAR, source VARCHAR, add_id VARCHAR
);
