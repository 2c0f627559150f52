"""The centre: takes the kiosks' facts, keeps them all, folds them into members, and shows the console's pages.

The rules of points are `loyalty`'s, the wire's words are `mqtt`'s. What never lives here: cards' bytes, screens of a kiosk,
anything that only one kiosk knows.
"""
