"""Any picture file to RGB, and the number cut out of it, in worker processes where it pays."""
