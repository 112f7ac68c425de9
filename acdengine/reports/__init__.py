"""Reports over the records: each metric one definition, by interval and group, down to the calls
and states behind each figure."""
