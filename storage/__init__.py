"""Everything SQL: one file per noun, its tables and the queries on them."""
