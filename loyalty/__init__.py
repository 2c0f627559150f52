"""The loyalty domain: facts in, state out.

`facts`: what happened. `programme`: the rules of a shop as data, with their checks. `account`: the fold, all that follows about one
member. `counter`: what is decided and said at a tap. `shop`: what is seen over many members.

Pure code a shop's accountant can read: standard library only, no clock, no files, no network. The same functions run on
the kiosk (on what it knows) and in the hub (on everything). What never lives here: screens, devices, messages, storage.
"""
