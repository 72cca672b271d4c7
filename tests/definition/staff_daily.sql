-- Section 4, staff_daily and branch_daily, from the events and d_adds.

-- "adds = valid + pending + invalid + fake + excluded (by verdict, of the adds made that day),
-- fake_any and verified (of the same adds)"
CREATE TABLE adds_of_day AS
SELECT day_of(added_at) AS day, staff_id,
    count(*) AS adds,
    count_if(verdict = 'valid') AS valid,
    count_if(verdict = 'pending') AS pending,
    count_if(verdict = 'invalid') AS invalid,
    count_if(verdict = 'fake') AS fake,
    count_if(verdict = 'excluded') AS excluded,
    count_if(list_bool_or([starts_with(r, 'fake_') FOR r IN reasons])) AS fake_any,
    count_if(verified_at IS NOT NULL) AS verified
FROM d_adds GROUP BY ALL;

-- "customers_wrote, customers_answered (of those, the staff wrote to that customer the same day
-- at or after the customer's first message of the day)". Group messages that name the customer
-- are messages too.
CREATE TABLE conversations_of_day AS
SELECT day_of(time_us) AS day, staff_id, customer_id,
    min(time_us) FILTER (sender = 'customer') AS customer_first_us,
    max(time_us) FILTER (sender = 'staff') AS staff_last_us
FROM events WHERE type = 'message.sent' AND customer_id IS NOT NULL
GROUP BY ALL;

CREATE TABLE writers_of_day AS
SELECT day, staff_id,
    count(*) AS customers_wrote,
    count_if(staff_last_us >= customer_first_us) AS customers_answered
FROM conversations_of_day WHERE customer_first_us IS NOT NULL
GROUP BY ALL;

-- Everything that is a plain count or sum over the day's events of the staff member.
CREATE TABLE events_of_day AS
SELECT day_of(time_us) AS day, staff_id,
    count_if(type = 'friend.removed' AND "by" IN ('staff', 'customer')) AS removed,
    count_if(type = 'message.sent' AND sender = 'staff') AS messages_sent,
    count_if(type = 'message.sent' AND sender = 'customer') AS messages_received,
    count_if(type = 'moment.published') AS moments,
    count_if(type = 'moment.published' AND coalesce(advert, false)) AS adverts,
    count_if(type = 'moment.reacted') AS reactions,
    count_if(type = 'group.joined') AS groups_joined,
    count_if(type = 'link.opened') AS links_opened,
    count_if(type = 'task.assigned') AS tasks_assigned,
    count_if(type = 'task.executed' AND status = 'sent') AS tasks_executed,
    count_if(type = 'sale.completed') AS sales,
    coalesce(sum(amount_fen), 0)::BIGINT AS amount_fen,
    coalesce(sum(interest_income_fen), 0)::BIGINT AS interest_income_fen,
    coalesce(sum(fee_income_fen), 0)::BIGINT AS fee_income_fen
FROM events WHERE staff_id IS NOT NULL AND type <> 'identity.verified'
GROUP BY ALL;

-- "A row where any count is not zero": no other count is without one of these.
CREATE TABLE d_staff_daily AS
SELECT day, staff_id, s.branch_id,
    coalesce(adds, 0) AS adds, coalesce(valid, 0) AS valid, coalesce(pending, 0) AS pending,
    coalesce(invalid, 0) AS invalid, coalesce(fake, 0) AS fake,
    coalesce(excluded, 0) AS excluded, coalesce(fake_any, 0) AS fake_any,
    coalesce(verified, 0) AS verified,
    coalesce(removed, 0) AS removed,
    coalesce(messages_sent, 0) AS messages_sent,
    coalesce(messages_received, 0) AS messages_received,
    coalesce(customers_wrote, 0) AS customers_wrote,
    coalesce(customers_answered, 0) AS customers_answered,
    coalesce(moments, 0) AS moments, coalesce(adverts, 0) AS adverts,
    coalesce(reactions, 0) AS reactions, coalesce(groups_joined, 0) AS groups_joined,
    coalesce(links_opened, 0) AS links_opened, coalesce(tasks_assigned, 0) AS tasks_assigned,
    coalesce(tasks_executed, 0) AS tasks_executed,
    coalesce(sales, 0) AS sales, coalesce(amount_fen, 0) AS amount_fen,
    coalesce(interest_income_fen, 0) AS interest_income_fen,
    coalesce(fee_income_fen, 0) AS fee_income_fen
FROM events_of_day
FULL JOIN writers_of_day USING (day, staff_id)
FULL JOIN adds_of_day USING (day, staff_id)
LEFT JOIN staff s USING (staff_id)
WHERE greatest(adds, removed, messages_sent, messages_received, moments, reactions, groups_joined,
    links_opened, tasks_assigned, tasks_executed, sales) > 0;

-- "the sums of staff_daily by the staff's branch as now known, staff_active (staff with a row)"
CREATE TABLE d_branch_daily AS
SELECT day, branch_id, count(*) AS staff_active,
    sum(COLUMNS(* EXCLUDE (day, staff_id, branch_id)))::BIGINT
FROM d_staff_daily GROUP BY day, branch_id;
