"""How old our copy of each patient's shared medication card is."""

import django.db.models.deletion
from django.db import migrations, models

from forloeb.people.row_security import lock_patient_rows, open_to_others

LOCKS = lock_patient_rows("records_medicationfetch", lets="SELECT") + open_to_others("records_medicationfetch")


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0030_person_register'),
        ('records', '0009_received_is_read'),
    ]

    operations = [
        migrations.CreateModel(
            name='MedicationFetch',
            fields=[
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='people.patient')),
                ('fetched_at', models.DateTimeField(null=True)),
                ('fault', models.CharField(blank=True, max_length=40)),
                ('unreadable', models.PositiveIntegerField(default=0)),
            ],
            options={
                'db_table': 'records_medicationfetch',
            },
        ),
        migrations.RunSQL(LOCKS, migrations.RunSQL.noop),
    ]
