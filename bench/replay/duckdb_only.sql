-- The simulator's files into the tables of the definition, by DuckDB alone.
--
-- The paths (a dollar and a name) are put in as SQL texts. The reading is as lenient as
-- DuckDB's own JSON reader: a line that it cannot read is passed over, without a dead letter; "1"
-- is a number. Of an event's copies the first one read is kept, without comparing the others.

SET TimeZone = 'Asia/Shanghai';

CREATE TEMP TABLE raw AS
SELECT source, id, type, epoch_us(TRY_CAST(time AS TIMESTAMPTZ)) AS time_us, unnest(data)
FROM read_json($events, format = 'newline_delimited', ignore_errors = true, columns = {
    specversion: 'VARCHAR', id: 'VARCHAR', source: 'VARCHAR', type: 'VARCHAR', time: 'VARCHAR',
    data: 'STRUCT(
        staff_id VARCHAR, customer_id VARCHAR, add_way BIGINT, channel VARCHAR, ip VARCHAR,
        province VARCHAR, device_id VARCHAR, account_kind VARCHAR, mutual BOOLEAN, "by" VARCHAR,
        from_staff_id VARCHAR, to_staff_id VARCHAR, result VARCHAR, method VARCHAR,
        bank_customer_id VARCHAR, group_id VARCHAR, sender VARCHAR, kind VARCHAR, task_id VARCHAR,
        moment_id VARCHAR, topic VARCHAR, advert BOOLEAN, assigned_by VARCHAR, audience BIGINT,
        status VARCHAR, link_id VARCHAR, product VARCHAR, campaign VARCHAR, amount_fen BIGINT,
        interest_income_fen BIGINT, fee_income_fen BIGINT)'
})
WHERE specversion = '1.0' AND id <> '' AND source <> ''
    AND time LIKE '____-__-__T%' AND (time LIKE '%Z' OR time[-6] IN ('+', '-'));

-- Every network of the simulator's table is a /16 of IPv4 or a /48 of IPv6: its first two or
-- three parts name it, and a hash join finds it.
CREATE MACRO network_of(ip) AS
    CASE WHEN contains(ip, ':')
        THEN array_to_string(string_split(ip, ':')[1:3], ':')
        ELSE array_to_string(string_split(ip, '.')[1:2], '.') END;
CREATE TEMP TABLE networks AS
SELECT network_of(split_part(cidr, '/', 1)) AS network, any_value(province) AS province
FROM read_csv($ip_table, header = true, columns = {cidr: 'VARCHAR', province: 'VARCHAR'})
GROUP BY network;

INSERT INTO events BY NAME
SELECT r.*, n.province AS ip_province
FROM raw r LEFT JOIN networks n ON n.network = network_of(r.ip)
WHERE r.rowid IN (SELECT min(rowid) FROM raw GROUP BY source, id)
    AND time_us IS NOT NULL
    AND CASE type
        WHEN 'friend.added' THEN
            staff_id <> '' AND customer_id <> '' AND add_way IS NOT NULL
        WHEN 'sale.completed' THEN
            amount_fen <= 1000000000000000 AND product IN
                ('deposit', 'loan', 'wealth', 'fund', 'insurance', 'precious_metal', 'other')
        ELSE true END;

-- Of each key the last good row counts.
CREATE TEMP TABLE customers_read AS
SELECT * FROM read_json($reference || '/customers.jsonl', format = 'newline_delimited',
    ignore_errors = true, columns = {
    bank_customer_id: 'VARCHAR', manager_staff_id: 'VARCHAR', home_province: 'VARCHAR',
    segment: 'VARCHAR', account_opened_on: 'DATE', employee: 'BOOLEAN', tags: 'VARCHAR[]',
    manager_since: 'DATE', previous_manager_staff_id: 'VARCHAR'})
WHERE bank_customer_id <> '';
CREATE TEMP TABLE staff_read AS
SELECT * FROM read_json($reference || '/staff.jsonl', format = 'newline_delimited',
    ignore_errors = true, columns = {
    staff_id: 'VARCHAR', role: 'VARCHAR', branch_id: 'VARCHAR', province: 'VARCHAR',
    city: 'VARCHAR', active_from: 'DATE', active_to: 'DATE', name: 'VARCHAR'})
WHERE staff_id <> '' AND branch_id <> '' AND role IN ('head', 'manager', 'teller', 'middle_office');

INSERT INTO customers BY NAME FROM customers_read
WHERE rowid IN (SELECT max(rowid) FROM customers_read GROUP BY bank_customer_id);
INSERT INTO staff BY NAME FROM staff_read
WHERE rowid IN (SELECT max(rowid) FROM staff_read GROUP BY staff_id);
INSERT INTO branches BY NAME
SELECT * FROM read_json($reference || '/branches.jsonl', format = 'newline_delimited', columns = {
    branch_id: 'VARCHAR', parent_branch_id: 'VARCHAR', name: 'VARCHAR', province: 'VARCHAR'});

INSERT INTO params SELECT max(time_us), 8 * 3600000000 FROM events;

-- The simulator's policy is the defaults written out.
INSERT INTO policies_expanded VALUES ('2026-11-v1', DATE '2026-11-01', 'bank', 0.95, false, false,
    7, true, 30, true, true, false, ['manager'], 1, 5, -5500000);
