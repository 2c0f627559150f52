"""What is seen over many members, cards and ratings: scores, alerts, daily lists, misuse, a programme tried on the past."""
