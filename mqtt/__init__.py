"""The wire between kiosk, broker and hub: topic names, messages, the link over paho, and a broker in memory for tests.

What it carries is decided elsewhere; nothing here knows a rule, a screen or a table. Write `import paho.mqtt.client as paho`
in this folder, never `as mqtt`.
"""
