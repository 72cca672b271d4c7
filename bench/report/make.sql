-- hash(n, salt) stands for chance: the same on every machine and in any order.
CREATE TEMP MACRO chance(n, salt) AS (hash(n, salt) % 1000000) / 1000000.0;

CREATE TEMP MACRO province(n) AS
    ['广东', '湖南', '浙江', '四川', '北京', '福建'][1 + (n % 6)::INTEGER];

CREATE TEMP MACRO place(n) AS
    ['天河', '越秀', '南山', '福田', '西湖', '滨江', '武侯', '锦江', '朝阳', '海淀', '思明', '鼓楼'][1 + (n % 12)::INTEGER];

CREATE TEMP MACRO person(n) AS
    ['王', '李', '张', '刘', '陈', '杨', '黄', '赵', '吴', '周', '徐', '孙'][1 + (n % 12)::INTEGER]
    || ['伟', '芳', '娜', '敏', '静', '丽', '强', '磊', '洋', '艳', '勇', '军', '杰'][1 + (n // 12 % 13)::INTEGER]
    || ['', '华', '明', '', '平', '', '波'][1 + (n // 156 % 7)::INTEGER];

INSERT INTO report_state VALUES (($last || ' 22:30:00+08:00')::TIMESTAMPTZ, 'Asia/Shanghai', 1);

INSERT INTO policies VALUES ('2026-09', '2026-09-01', 'ops', 'opening', 'version = "2026-09"');

INSERT INTO branches
SELECT format('B{:05d}', n), format('H{:02d}', n % 6),
    province(n) || place(n) || CASE WHEN n < 12 THEN '' ELSE '第' || (n // 12 + 1)::VARCHAR END || '支行',
    province(n)
FROM range($branches::BIGINT) t(n);

INSERT INTO staff
SELECT format('staff{:06d}', n), 'manager', format('B{:05d}', n % $branches::BIGINT), province(n % $branches::BIGINT),
    NULL, '2025-01-01', NULL, person(hash(n))
FROM range($staff::BIGINT) t(n);

INSERT INTO customers
SELECT format('K{:09d}', n), format('staff{:06d}', hash(n) % $staff::BIGINT), province(hash(n)),
    ['大众', '潜力', '财富', '私行', NULL][[1,1,1,1,1,1,2,2,2,2,3,3,3,4,5][1 + (hash(n, 3) % 15)::INTEGER]],
    DATE '2015-01-01' + (hash(n, 1) % 4000)::INTEGER, chance(n, 4) < 0.002, [], NULL, NULL
FROM range($adds::BIGINT // 2) t(n);

INSERT INTO internal.covered
SELECT bank_customer_id FROM customers WHERE chance(bank_customer_id, 9) < 0.55;

CREATE TEMP TABLE drawn AS
SELECT n, hash(n, 7) % $staff::BIGINT AS who,
    ($last::DATE - 89 + (n * 90 // $adds::BIGINT)::INTEGER) AS day,
    (8 * 3600 + hash(n, 11) % 50000) * 1000000 + hash(n, 12) % 1000000 AS micros,
    chance(n, 21) AS fate, chance(n, 22) AS second, chance(n, 23) AS third
FROM range($adds::BIGINT) t(n);

CREATE TEMP MACRO fate_code(fate, age) AS CASE
    WHEN fate < 0.55 THEN NULL WHEN fate < 0.58 THEN 'transferred'
    WHEN fate < 0.66 THEN 'not_first_time' WHEN fate < 0.71 THEN 'fake_lockstep'
    WHEN fate < 0.73 THEN 'fake_burst' WHEN fate < 0.75 THEN 'fake_shared_device'
    WHEN fate < 0.76 THEN 'fake_ring' WHEN fate < 0.765 THEN 'fake_throwaway'
    WHEN fate < 0.77 THEN 'duplicate_identity' WHEN fate < 0.80 THEN 'removed_early'
    WHEN fate < 0.90 THEN 'unverified' WHEN fate < 0.93 THEN 'no_account'
    WHEN fate < 0.975 THEN 'not_own_customer' ELSE 'out_of_province' END;

CREATE TEMP MACRO fate_verdict(code, age) AS CASE
    WHEN code IS NULL THEN 'valid' WHEN code IN ('transferred', 'not_first_time') THEN 'excluded'
    WHEN starts_with(code, 'fake_') THEN 'fake'
    WHEN code = 'unverified' AND age <= 30 THEN 'pending' ELSE 'invalid' END;

INSERT INTO adds
SELECT left(md5(n::VARCHAR), 32), staff_id, customer_id, bank_customer_id, added_at, verified_at,
    CASE WHEN third < 0.07 THEN NULL WHEN code = 'out_of_province' OR second < 0.08 THEN province(n + 1)
        ELSE s.province END,
    verdict, CASE WHEN code IS NULL THEN [] WHEN third < 0.2 AND code <> 'out_of_province'
        THEN [code, 'not_own_customer'] ELSE [code] END,
    CASE WHEN verdict = 'fake' THEN 0.97 + 0.03 * second ELSE 0 END,
    CASE WHEN verdict = 'fake' THEN json_array(json_object('family', substr(code, 6),
        'signal_id', md5('g' || (n // 20)::VARCHAR), 'weight', 5200000, 'strength', '10'))
        ELSE '[]' END::JSON,
    '2026-09', added_at + INTERVAL 30 DAY,
    json_object(
        'added', json_object('source', 'wecom/ww1234567890', 'id', md5('e' || n::VARCHAR),
            'type', 'friend.added', 'time', added_at::VARCHAR),
        'verified', CASE WHEN verified_at IS NOT NULL THEN json_object('source', 'bank/h5',
            'id', md5('v' || n::VARCHAR), 'type', 'identity.verified', 'time', verified_at::VARCHAR) END,
        'customer', json_object('bank_customer_id', bank_customer_id, 'manager_staff_id', staff_id,
            'account_opened_on', '2019-06-01', 'employee', false),
        'staff', json_object('role', 'manager', 'province', s.province),
        'policy', json_object('version', '2026-09', 'keep_days', 7, 'verify_within_days', 30),
        'province', json_object('i', 172, 'o', 40, 'k', 12, 'L', '0.20')),
    '1', n, day, strftime(day, '%Y-%m'), 1 + (n % 4)
FROM (
    SELECT *, format('staff{:06d}', who) AS staff_id,
        format('wm{}', left(md5('c' || n::VARCHAR), 26)) AS customer_id,
        CASE WHEN code IS DISTINCT FROM 'unverified' AND (verdict <> 'fake' OR second < 0.3)
            THEN format('K{:09d}', n // 2) END AS bank_customer_id,
        (day::TIMESTAMP + micros * INTERVAL 1 MICROSECOND)::TIMESTAMPTZ AS added_at,
        CASE WHEN bank_customer_id IS NOT NULL THEN added_at + INTERVAL 3 MINUTE END AS verified_at
    FROM (
        SELECT *, fate_code(fate, 0) AS code,
            fate_verdict(fate_code(fate, 0), date_diff('day', day, $last::DATE)) AS verdict
        FROM drawn)
) JOIN staff s USING (staff_id);

INSERT INTO internal.rolling
SELECT d.day::DATE, format('staff{:06d}', n), hash(n, d.day, 1) % 2, hash(n, d.day, 2) % 60,
    hash(n, d.day, 3) % 40, hash(n, d.day, 4) % 15, hash(n, d.day, 5) % 15, hash(n, d.day, 6) % 3, 0,
    hash(n, d.day, 7) % 9, 0, hash(n, d.day, 8) % 6, 1, hash(n, d.day, 9) % 2, 0, 0, 0, 0
FROM range($staff::BIGINT) t(n), generate_series($last::DATE - 89, $last::DATE, INTERVAL 1 DAY) d(day);

INSERT INTO verdict_changes
SELECT n, a.add_id, n, json_object('source', 'bank/h5', 'id', md5('v' || n::VARCHAR)),
    CASE WHEN i = 0 THEN NULL ELSE 'pending' END, CASE WHEN i = 0 THEN 'pending' ELSE verdict END,
    [], reasons, added_at + i * INTERVAL 3 HOUR
FROM (SELECT revision AS n, * FROM adds WHERE verdict IN ('valid', 'invalid', 'pending')) a, range(2) r(i)
WHERE i = 0 OR verdict <> 'pending' AND n % 10 = 0;
