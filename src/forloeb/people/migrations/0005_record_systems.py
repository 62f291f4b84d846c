import django.db.models.deletion
from django.db import migrations, models

from forloeb.people.row_security import share


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0004_protection'),
    ]

    operations = [
        migrations.CreateModel(
            name='RecordSystem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('card_adapter', models.CharField(choices=[('fhir', 'Fhir'), ('xrpt01', 'Xrpt01')], help_text='null: nothing is sent to the laboratory card', max_length=8, null=True)),
                ('fhir_base_url', models.URLField(blank=True, help_text='without a slash at its end', max_length=300)),
                ('medcom_inbox_url', models.URLField(blank=True, help_text='where XRPT01 letters are posted', max_length=300)),
                ('own_gln', models.CharField(blank=True, help_text="the practice's location number, as the sender", max_length=13)),
                ('system_gln', models.CharField(blank=True, help_text="the record system's, as the receiver", max_length=13)),
                ('issuer', models.URLField(blank=True, help_text='the OpenID issuer of SMART launches', max_length=300)),
                ('token_url', models.URLField(blank=True, max_length=300)),
                ('client_id', models.CharField(blank=True, help_text='what we are called there', max_length=200)),
                ('launch_issuer', models.CharField(blank=True, help_text='`iss` of signed context launches', max_length=300)),
                ('launch_jwks', models.JSONField(help_text='the public keys that signed context launches are checked with', null=True)),
                ('frame_origin', models.CharField(blank=True, help_text='who may show our pages in a frame', max_length=300)),
                ('registered_at', models.DateTimeField()),
                ('results_until', models.DateTimeField(help_text='how far its laboratory results have been fetched', null=True)),
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='record_system', to='people.organization')),
            ],
            options={
                'db_table': 'people_recordsystem',
                'constraints': [models.UniqueConstraint(condition=models.Q(('launch_issuer', ''), _negated=True), fields=('launch_issuer',), name='recordsystem_launch_issuer_once'), models.CheckConstraint(condition=models.Q(models.Q(('card_adapter', 'fhir'), _negated=True), models.Q(('fhir_base_url', ''), _negated=True), _connector='OR'), name='recordsystem_fhir_has_address'), models.CheckConstraint(condition=models.Q(models.Q(('card_adapter', 'xrpt01'), _negated=True), models.Q(('medcom_inbox_url', ''), ('own_gln', ''), ('system_gln', ''), _connector='OR', _negated=True), _connector='OR'), name='recordsystem_xrpt01_has_address')],
            },
        ),
        migrations.RunSQL(share("people_recordsystem"), migrations.RunSQL.noop),
    ]
