"""What a query may consist of: kinds of syntax nodes, and functions. Everything that is not listed is refused.

Nodes are named after sqlglot's classes, functions after SQL's or, where sqlglot renames them, sqlglot's own names.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NODES = _words("""
    Select From Where Group Having Order Ordered Limit Offset Fetch Distinct Join Alias Aliases Column Identifier
    Star Dot Literal Null Boolean Paren Tuple Subquery TableAlias Union Except Intersect Values Rollup Cube
    GroupingSets EQ NEQ GT GTE LT LTE Is Not And Or Xor Add Sub Mul Div IntDiv Mod Neg BitwiseAnd BitwiseOr
    BitwiseXor BitwiseNot BitwiseLeftShift BitwiseRightShift DPipe Like ILike Glob SimilarTo Escape In Between
    Exists Any All Case If Cast TryCast DataType DataTypeParam Window WindowSpec Filter WithinGroup Collate Var
    Interval NullSafeEQ NullSafeNEQ Qualify Bracket Slice HexString Lambda IgnoreNulls RespectNulls PropertyEQ
    JSONPath JSONPathKey JSONPathRoot JSONPathSubscript Unnest Explode Lateral Columns
""")

_COMMON = _words("""
    abs acos asin atan atan2 avg ceil ceiling char_length coalesce concat concat_ws cos cot count cume_dist
    degrees dense_rank exp first_value floor format greatest group_concat ifnull iif instr lag last_value lead
    least length ln log log10 log2 lower ltrim max min mod nth_value ntile nullif nvl octet_length percent_rank pi
    pow power printf radians rank replace round row_number rtrim sign sin sqrt str_position substr substring sum
    tan trim trunc upper
""")

SQLITE = _COMMON | _words("""
    acosh asinh atanh char chr concat_ws cosh date datetime glob hex json_array_length json_extract
    json_extract_scalar json_type json_valid julianday like likely max_by min_by quote sinh soundex strftime
    string_agg tanh time time_to_str total ts_or_ds_to_date ts_or_ds_to_time ts_or_ds_to_timestamp typeof
    unicode unixepoch unlikely
""")

DUCKDB = _COMMON | _words("""
    add_months any_value approx_count_distinct approx_distinct approx_quantile arg_max arg_min argmax argmin array
    array_agg array_contains array_length array_size array_to_string bit_count bool_and bool_or cbrt century
    char_length chr contains corr covar_pop covar_samp date date_add date_diff date_from_parts date_part date_sub
    date_trunc datediff datepart datetime datetrunc day day_of_month day_of_week day_of_week_iso day_of_year
    dayname dayofmonth dayofweek dayofweekiso dayofyear decade ends_with entropy epoch epoch_ms even extract
    factorial favg filter first fsum gcd geomean geometric_mean hour initcap is_inf is_nan isfinite isinf isnan
    isodow isoyear json_array_length json_extract json_extract_scalar json_extract_string json_type json_valid
    kurtosis last last_day lcm left len length list list_aggregate list_contains list_distinct list_filter
    list_sort list_sum list_transform listagg logical_and logical_or lpad mad make_date make_timestamp md5 median
    millisecond minute mode month monthname nextafter ord pad percentile_cont percentile_disc position prefix
    product quantile quantile_cont quantile_disc quarter range_agg regexp_count regexp_extract regexp_full_match
    regexp_like regexp_matches regexp_replace reverse right rpad second sem skewness sort_array split split_part
    starts_with stddev stddev_pop stddev_samp str_split str_to_date str_to_time strftime string_agg string_split
    string_to_array strip_accents strlen strpos strptime struct struct_extract struct_pack suffix sum_no_overflow
    time_to_str time_to_unix timestamp timestamp_add timestamp_diff timestamp_trunc to_days to_months to_years
    transform translate try_cast ts_or_ds_add ts_or_ds_diff ts_or_ds_to_date ts_or_ds_to_timestamp typeof unicode
    unix_to_time unnest var_pop var_samp variance variance_pop week week_of_year weekday weekofyear year yearweek
""")

CLOCK = _words("""
    clock_timestamp current_date current_datetime current_localtime current_localtimestamp current_schema
    current_time current_timestamp current_timestamp_ltz get_current_time get_current_timestamp localtime
    localtimestamp now statement_timestamp today transaction_timestamp utc_date utc_time utc_timestamp
""")
"""Functions whose answer depends on when they are asked."""

RANDOM = _words("rand randn random randomblob uuid gen_random_uuid uuidv4 uuidv7 setseed uniform randstr")
"""Functions whose answer is never the same twice."""

SYSTEM_COLUMNS = _words("rowid oid _rowid_ ctid")
"""Columns that engines add to every table; their values are not part of the data."""

SQLITE_DATES = _words("date time datetime julianday strftime unixepoch")
"""SQLite's functions of time: without a value, or with the value `now`, they read the clock."""
