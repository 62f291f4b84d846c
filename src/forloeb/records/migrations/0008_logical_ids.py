"""Give each fact an id for the outside that is the same in all its versions, made from where it came from."""

from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import MD5, Cast, Concat

FACTS = ("observation", "condition", "medicationstatement")


def logical_id() -> models.GeneratedField:
    return models.GeneratedField(
        expression=Cast(MD5(Concat(F("source_system"), Value("|"), F("source_id"))), models.UUIDField()),
        output_field=models.UUIDField(),
        db_persist=True,
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0007_laboratory_card_locks")]
    operations = [
        *(migrations.AddField(fact, "logical_id", logical_id()) for fact in FACTS),
        *(
            migrations.AddIndex(fact, models.Index(fields=["logical_id", "version"], name=f"{fact[:12]}_logical"))
            for fact in FACTS
        ),
    ]
