"""The loyalty domain: facts in, state out.

Pure code a shop's accountant can read: standard library only, no clock, no files, no network. The same functions run on
the kiosk (on what it knows) and in the hub (on everything). What never lives here: screens, devices, messages, storage.
"""
