"""`python -m kiosk` is the command `stupeni`."""

from kiosk.cli import main

main()
