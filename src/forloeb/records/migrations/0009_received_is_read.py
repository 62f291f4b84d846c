"""Let a patient, and the practice that has them today, read what was received about them as it came.

What is about nobody we know yet, or about many at once, has no patient and stays with the loader.
"""

from django.db import migrations

from forloeb.people.row_security import OUR_OR_OWN_PATIENT

SEEN = f"""
CREATE POLICY seen ON records_received FOR SELECT TO forloeb_app
    USING ({OUR_OR_OWN_PATIENT.format(patient="records_received.patient_id")});
GRANT SELECT ON records_received TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0008_logical_ids")]
    operations = [migrations.RunSQL(SEEN, migrations.RunSQL.noop)]
