"""Devices and operating system: card readers, lamp, buzzer, buttons, clock, watchdog, and their simulators.

Nothing here knows what a member, a point or a screen is: drivers take plain callbacks and hand over plain values.
"""
