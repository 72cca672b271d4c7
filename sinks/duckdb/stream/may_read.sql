-- Quack asks this before each statement; anything but true refuses it. It judges what DuckDB's own
-- parser makes of the text, not the text: WITH … INSERT begins like a query, too. What cannot be
-- turned into JSON is no SELECT: INSERT, CREATE, COPY, SET, ATTACH, LOAD, CALL, BEGIN and so on.
-- In memory, so that nothing of it is written to the file.
ATTACH ':memory:' AS readers;
CREATE TABLE readers.main.lists AS
WITH lists AS (
    SELECT
        -- Table functions that show no more than the tables and their names.
        ['duckdb_columns', 'duckdb_constraints', 'duckdb_dependencies', 'duckdb_functions',
         'duckdb_indexes', 'duckdb_schemas', 'duckdb_sequences', 'duckdb_tables', 'duckdb_types',
         'duckdb_views', 'generate_series', 'json_each', 'json_tree', 'pragma_show',
         'pragma_table_info', 'pragma_version', 'range', 'repeat', 'unnest'] AS may_scan
), own_views AS (  -- DuckDB's own, of which some scan more than a reader may, as pg_settings does
    SELECT lower(view_name) AS name,
        list_has_all(may_scan, regexp_extract_all(sql, '(duckdb_[a-z_]+)\(', 1)) AS may_read
    FROM duckdb_views(), lists WHERE internal
)
SELECT
    may_scan,
    -- Functions that do something, as DuckDB marks them, but for these that only make a value.
    (SELECT list(DISTINCT function_name) FROM duckdb_functions()
     WHERE has_side_effects AND function_name NOT IN ('current_query', 'error', 'gen_random_uuid',
         'random', 'uuid', 'uuidv4', 'uuidv7'))
        || ['current_setting', 'json_serialize_plan']  -- to plan FROM 'x.csv' this opens the file
        AS may_not_call,
    -- What FROM may name, with what SHOW makes of itself; any other name could be a file's.
    (SELECT list(lower(name)) FROM (
        SELECT table_name AS name FROM duckdb_tables()
        UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal
        UNION ALL SELECT name FROM own_views WHERE may_read
        UNION ALL SELECT unnest(['', '"tables"', '__show_tables_expanded']))) AS may_name,
    (SELECT list(name) FROM own_views WHERE NOT may_read) AS may_not_name
FROM lists;
CREATE MACRO readers.main.may_read_tree(tree) AS (
    SELECT NOT (tree ->> '$.error')::BOOLEAN
        AND json_array_length(tree, '$.statements') = 1
        AND list_has_all(may_scan, json_extract_string(tree, '$..function.function_name'))
        AND NOT list_has_any(may_not_call, list_transform(
            json_extract_string(tree, '$..function_name'), lambda name: lower(name)))
        AND list_has_all(
            may_name || list_transform(
                json_extract_string(tree, '$..cte_map.map[*].key'), lambda name: lower(name)),
            list_transform(json_extract_string(tree, '$..table_name'), lambda name: lower(name)))
        -- Nor may a WITH have such a name: outside of its scope it would be the view's.
        AND NOT list_has_any(may_not_name,
            list_transform(json_extract_string(tree, '$..table_name'), lambda name: lower(name)))
        -- A WITH's name holds only within its scope; outside of it, it would be a file's.
        AND len(list_filter(json_extract_string(tree, '$..cte_map.map[*].key'),
            lambda name: regexp_matches(name, '[./\\:*?\[]'))) = 0
    FROM readers.main.lists
);
CREATE MACRO readers.main.may_read(session, query) AS
    coalesce(readers.main.may_read_tree(json_serialize_sql(query::VARCHAR)), false);
