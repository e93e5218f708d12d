"""Labels as tables: one row a number, from digit boxes or from anybody's CSV."""
