"""Let those read the records whom a proxy, a referral or a stated reason has let in."""

from django.db import migrations

from forloeb.people.row_security import open_to_others


class Migration(migrations.Migration):
    dependencies = [("records", "0004_questions"), ("access", "0004_care_relation_locks")]
    operations = [
        migrations.RunSQL(
            open_to_others("records_observation")
            + open_to_others("records_condition")
            + open_to_others("records_medicationstatement")
            + open_to_others("records_homeseries")
            + open_to_others("records_homereading")
            + open_to_others("records_questionnaireresponse"),
            migrations.RunSQL.noop,
        )
    ]
