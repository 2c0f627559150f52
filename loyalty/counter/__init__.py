"""What is decided at the tap: what a kiosk may promise, what is said and asked, given and sold. What points are is `account`'s."""
