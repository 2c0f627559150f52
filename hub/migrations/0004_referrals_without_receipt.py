from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('hub', '0003_places_and_waiting_cards'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='referral',
            name='receipt',
        ),
    ]
