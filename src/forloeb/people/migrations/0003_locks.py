"""Put people behind row-level security."""

from django.db import migrations

from forloeb.people.row_security import lock_patient_rows, share

# A membership is what the other locks ask, so its own lock asks nothing further.
MEMBERSHIPS = """
ALTER TABLE people_practicemembership ENABLE ROW LEVEL SECURITY;
ALTER TABLE people_practicemembership FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON people_practicemembership TO forloeb_app
    USING (organization_id = (SELECT forloeb_own_organization()) OR patient_id = (SELECT forloeb_own_patient()));
CREATE POLICY loaded ON people_practicemembership TO forloeb_loader USING (true) WITH CHECK (true);
GRANT SELECT ON people_practicemembership TO forloeb_app;
GRANT SELECT, INSERT, UPDATE ON people_practicemembership TO forloeb_loader;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0002_tables")]
    operations = [
        migrations.RunSQL(
            MEMBERSHIPS
            + lock_patient_rows("people_patient", patient="id")
            + share("people_organization")
            + share("people_practitioner")
            + share("people_practitionerrole"),
            migrations.RunSQL.noop,
        )
    ]
