import django.db.models.deletion
from django.db import migrations, models

from forloeb.people.row_security import share


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0030_person_register'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReferralReceiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('adapter', models.CharField(choices=[('here', 'Here'), ('xref15', 'Xref15'), ('fhir', 'Fhir')], max_length=8)),
                ('fhir_base_url', models.URLField(blank=True, help_text='without a slash at its end', max_length=300)),
                ('medcom_inbox_url', models.URLField(blank=True, help_text='where XREF15 letters are posted', max_length=300)),
                ('own_gln', models.CharField(blank=True, help_text='our location number, as the sender', max_length=13)),
                ('system_gln', models.CharField(blank=True, help_text='theirs, as the receiver', max_length=13)),
                ('token_url', models.URLField(blank=True, help_text='where a token for the FHIR server is asked for', max_length=300)),
                ('client_id', models.CharField(blank=True, help_text='what we are called there', max_length=200)),
                ('registered_at', models.DateTimeField()),
                ('answers_until', models.DateTimeField(help_text='how far its answers have been fetched', null=True)),
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='referral_receiver', to='people.organization')),
            ],
            options={
                'db_table': 'people_referralreceiver',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('adapter', 'fhir'), _negated=True), models.Q(('fhir_base_url', ''), _negated=True), _connector='OR'), name='referralreceiver_fhir_has_address'), models.CheckConstraint(condition=models.Q(models.Q(('adapter', 'xref15'), _negated=True), models.Q(('medcom_inbox_url', ''), ('own_gln', ''), ('system_gln', ''), _connector='OR', _negated=True), _connector='OR'), name='referralreceiver_xref15_has_address')],
            },
        ),
        migrations.RunSQL(share("people_referralreceiver"), migrations.RunSQL.noop),
    ]
