"""The log: every read and write of a patient's data, append-only and hash-chained, apart from live data."""
