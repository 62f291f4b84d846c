"""What a record system has signed is taken once."""

from django.db import migrations, models

LOCKS = "GRANT SELECT, INSERT, DELETE ON access_takentoken TO forloeb_app;"


class Migration(migrations.Migration):
    dependencies = [("access", "0009_app_locks")]
    operations = [
        migrations.CreateModel(
            name="TakenToken",
            fields=[
                ("mark", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("until", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "access_takentoken"},
        ),
        migrations.RunSQL(LOCKS, migrations.RunSQL.noop),
    ]
