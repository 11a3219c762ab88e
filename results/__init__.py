"""Records to pandas: loading, tables, statistics."""
