import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_record_systems'),
        ('records', '0005_shared'),
    ]

    operations = [
        migrations.AddField(
            model_name='observation',
            name='issued_at',
            field=models.DateTimeField(help_text='when its source said it: an older word never follows a newer', null=True),
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('card_id', models.UUIDField(help_text="the entry's name there; both blood pressures of a reading share one")),
                ('state', models.CharField(choices=[('typed', 'Typed'), ('sent', 'Sent'), ('waiting', 'Waiting'), ('received', 'Received'), ('given-up', 'Given Up')], default='typed', max_length=12)),
                ('queued_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('fault', models.CharField(blank=True, help_text='why it was not received, in one of our own words', max_length=40)),
                ('remote_id', models.CharField(blank=True, help_text="the entry's id there", max_length=120)),
                ('observation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='delivery', to='records.observation')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.organization')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.patient')),
            ],
            options={
                'db_table': 'records_delivery',
                'indexes': [models.Index(fields=['patient', 'card_id'], name='delivery_entry'), models.Index(condition=models.Q(('state', 'given-up')), fields=['organization'], name='delivery_given_up')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'received'), _negated=True), ('received_at__isnull', False), _connector='OR'), name='delivery_received_has_moment')],
            },
        ),
        migrations.CreateModel(
            name='WaitingResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('patient_number', models.CharField(help_text='CPR or replacement number, as the report has it', max_length=64)),
                ('arrived_at', models.DateTimeField()),
                ('taken_in_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(help_text='the practice it is for', null=True, on_delete=django.db.models.deletion.PROTECT, to='people.organization')),
                ('received', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='records.received')),
            ],
            options={
                'db_table': 'records_waitingresult',
                'indexes': [models.Index(condition=models.Q(('taken_in_at', None)), fields=['patient_number'], name='waiting_result_open')],
                'constraints': [models.UniqueConstraint(fields=('received', 'patient_number'), name='waiting_result_once')],
            },
        ),
    ]

