from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hub', '0005_set_ups'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShardLease',
            fields=[
                ('shard', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('holder', models.CharField(max_length=64)),
                ('token', models.BigIntegerField()),
                ('until_ms', models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='kiosk',
            name='twin',
            field=models.CharField(default='', max_length=64),
        ),
        migrations.AddField(
            model_name='kiosk',
            name='twin_ms',
            field=models.BigIntegerField(default=0),
        ),
    ]
