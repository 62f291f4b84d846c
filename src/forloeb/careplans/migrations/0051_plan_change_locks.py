"""Put the answers to new versions behind row-level security; an answer is added, and at most marked as undone."""

from django.db import migrations

from forloeb.people.row_security import lock_patient_rows, open_to_others


class Migration(migrations.Migration):
    dependencies = [("careplans", "0050_plan_changes"), ("access", "0004_care_relation_locks")]
    operations = [
        migrations.RunSQL(
            lock_patient_rows(
                "careplans_planchange", application_may="SELECT, INSERT, UPDATE (undone_at, undone_by_name)"
            )
            + open_to_others("careplans_planchange"),
            migrations.RunSQL.noop,
        )
    ]
