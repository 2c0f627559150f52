"""The application: one loop, one inbox, one owner of state.

`messages` what comes in and what is to be done; `machine` what it means (pure: `visit` for the customer, `outbox` for the
hub); `store` the disk; `loop` the thread that owns it all; `build` who is wired to whom; `cli` the command line.
"""
