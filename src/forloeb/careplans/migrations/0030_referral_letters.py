import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0031_referral_on_hold'),
        ('careplans', '0021_counting'),
        ('people', '0031_referral_receivers'),
        ('records', '0009_received_is_read'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReferralLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('prevention', 'Prevention'), ('task', 'Task')], max_length=12)),
                ('content', models.JSONField(help_text='careplans.referral_letter.Letter')),
                ('shown_at', models.DateTimeField(help_text='when the patient, who had seen it, said yes, and it was sent')),
                ('sent_by', models.BigIntegerField(help_text='the login')),
                ('sent_by_name', models.CharField(max_length=200)),
                ('from_organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters_sent', to='people.organization')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters_received', to='people.organization')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.patient')),
                ('referral', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='letter', to='access.referral')),
            ],
            options={
                'db_table': 'careplans_referralletter',
            },
        ),
        migrations.CreateModel(
            name='ReferralAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(help_text='access.referrals.ReferralStatus', max_length=12)),
                ('issued_at', models.DateTimeField(help_text='when they said it')),
                ('taken_in_at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.patient')),
                ('received', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='records.received')),
                ('letter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='careplans.referralletter')),
            ],
            options={
                'db_table': 'careplans_referralanswer',
            },
        ),
        migrations.CreateModel(
            name='ReferralMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('request', 'Request'), ('revocation', 'Revocation')], max_length=12)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('sent', 'Sent'), ('waiting', 'Waiting'), ('delivered', 'Delivered'), ('received', 'Received'), ('refused', 'Refused'), ('given-up', 'Given Up'), ('told', 'Told'), ('cancelled', 'Cancelled')], default='queued', max_length=12)),
                ('queued_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(help_text='when the receipt came, or a person settled it', null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('fault', models.CharField(blank=True, help_text='why it was not received, in one of our own words', max_length=40)),
                ('said', models.CharField(blank=True, help_text="why it was refused, in the receiver's words", max_length=500)),
                ('from_organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.organization')),
                ('letter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='careplans.referralletter')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.patient')),
            ],
            options={
                'db_table': 'careplans_referralmessage',
            },
        ),
        migrations.AddIndex(
            model_name='referralletter',
            index=models.Index(fields=['patient', '-shown_at'], name='referralletter_latest'),
        ),
        migrations.AddConstraint(
            model_name='referralanswer',
            constraint=models.UniqueConstraint(fields=('letter', 'received'), name='referralanswer_once'),
        ),
        migrations.AddIndex(
            model_name='referralmessage',
            index=models.Index(condition=models.Q(('state__in', ['delivered', 'refused', 'given-up'])), fields=['from_organization'], name='referralmessage_to_do'),
        ),
        migrations.AddIndex(
            model_name='referralmessage',
            index=models.Index(fields=['letter'], name='referralmessage_letter'),
        ),
        migrations.AddConstraint(
            model_name='referralmessage',
            constraint=models.UniqueConstraint(fields=('letter', 'kind'), name='referralmessage_once'),
        ),
        migrations.AddConstraint(
            model_name='referralmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['received', 'refused', 'told']), _negated=True), ('answered_at__isnull', False), _connector='OR'), name='referralmessage_answered_has_moment'),
        ),
    ]
