from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hub', '0006_lease'),
    ]

    operations = [
        migrations.CreateModel(
            name='KioskAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kiosk', models.CharField(max_length=32)),
                ('alert', models.CharField(max_length=32)),
                ('severity', models.CharField(max_length=8)),
                ('since_ms', models.BigIntegerField()),
                ('number', models.BigIntegerField()),
                ('heard_ms', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kiosk', 'alert'), name='hub_alert_identity')],
            },
        ),
    ]
