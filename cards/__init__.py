"""What a card proves: bytes in, verdict out. Pure; no reader, no network, no clock is ever touched here."""
