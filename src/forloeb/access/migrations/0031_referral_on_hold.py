from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0030_deaths'),
        ('people', '0031_referral_receivers'),
    ]

    operations = [
        migrations.AddField(
            model_name='referral',
            name='on_hold_at',
            field=models.DateTimeField(help_text='they wait for something more, since then', null=True),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(('on_hold_at', None), ('seen_at__isnull', False), _connector='OR'), name='referral_on_hold_was_received'),
        ),
        migrations.RunSQL("GRANT UPDATE (on_hold_at) ON access_referral TO forloeb_app", migrations.RunSQL.noop),
    ]
