"""Put the records behind row-level security. The application adds facts and marks old ones superseded, no more."""

from django.db import migrations

from forloeb.people.row_security import lock_patient_rows

APPEND = "SELECT, INSERT, UPDATE (superseded_at)"

# What came in may stand before its patient is known, so only the loader sees it.
RECEIVED = """
ALTER TABLE records_received ENABLE ROW LEVEL SECURITY;
ALTER TABLE records_received FORCE ROW LEVEL SECURITY;
CREATE POLICY loaded ON records_received TO forloeb_loader USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (patient_id) ON records_received TO forloeb_loader;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0001_tables"), ("people", "0003_locks"), ("access", "0002_locks")]
    operations = [
        migrations.RunSQL(
            RECEIVED
            + lock_patient_rows("records_observation", application_may=APPEND)
            + lock_patient_rows("records_condition", application_may=APPEND)
            + lock_patient_rows("records_medicationstatement", application_may=APPEND),
            migrations.RunSQL.noop,
        )
    ]
