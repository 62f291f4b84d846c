"""What the person register has said of somebody, and how it goes with the national services that the worker asks."""

from django.db import migrations, models

# The worker alone asks them, and the commands that tell how it goes.
SERVICES = "GRANT SELECT, INSERT, UPDATE ON people_nationalservice TO forloeb_loader;"


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_record_systems'),
    ]

    operations = [
        migrations.CreateModel(
            name='NationalService',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('cursor', models.TextField(help_text='how far we are in what it tells', null=True)),
                ('failures', models.PositiveIntegerField(default=0, help_text='times in a row that it did not answer')),
                ('fault', models.CharField(blank=True, max_length=40)),
                ('not_before', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('refused', models.PositiveIntegerField(default=0)),
            ],
            options={
                'db_table': 'people_nationalservice',
            },
        ),
        migrations.AddField(
            model_name='patient',
            name='list_registered_at',
            field=models.DateTimeField(help_text='when it last said whose list they are on', null=True),
        ),
        migrations.AddField(
            model_name='patient',
            name='registered_at',
            field=models.DateTimeField(help_text='when the person register last spoke of them', null=True),
        ),
        migrations.RunSQL(SERVICES, migrations.RunSQL.noop),
    ]
