"""Who sees what goes to the laboratory card, and that reports wait: the practice its own. Jobs hold ids only."""

from django.db import migrations

from forloeb.people.row_security import lock_patient_rows

# The number that a report is about stays with the loader: a practice sees that it waits, and since when.
WAITING = """
ALTER TABLE records_waitingresult ENABLE ROW LEVEL SECURITY;
ALTER TABLE records_waitingresult FORCE ROW LEVEL SECURITY;
CREATE POLICY ours ON records_waitingresult FOR SELECT TO forloeb_app
    USING (organization_id = (SELECT forloeb_own_organization()));
CREATE POLICY loaded ON records_waitingresult TO forloeb_loader USING (true) WITH CHECK (true);
GRANT SELECT (id, organization_id, arrived_at, taken_in_at) ON records_waitingresult TO forloeb_app;
GRANT SELECT, INSERT, UPDATE ON records_waitingresult TO forloeb_loader;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0006_laboratory_card"),
        ("people", "0005_record_systems"),
        ("access", "0007_notice_locks"),
    ]
    operations = [
        migrations.RunSQL(
            lock_patient_rows(
                "records_delivery", application_may="SELECT, INSERT, UPDATE (state, queued_at, tries, fault)"
            )
            + WAITING,
            migrations.RunSQL.noop,
        )
    ]
