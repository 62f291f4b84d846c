"""What the national register of treatment relations said when a reason was stated."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0031_referral_on_hold'),
    ]

    operations = [
        migrations.AddField(
            model_name='lookup',
            name='known_relation',
            field=models.CharField(blank=True, choices=[('', 'Not Asked'), ('known', 'Known'), ('none', 'None'), ('no-answer', 'No Answer')], db_default='', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='lookup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('known_relation', 'none'), _negated=True), models.Q(('explanation', ''), _negated=True), _connector='OR'), name='lookup_without_relation_says_why'),
        ),
    ]
