"""The demonstration: a whole shop on one machine, with every real part but the hardware.

`stage` starts and stops the processes in a `folder`, `counter` is the kiosk on it, `story` is the scripted minute, `console` the
keys and `terminal` what is seen there.
"""
