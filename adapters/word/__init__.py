"""Contracts in Word: opened without harm, their blanks found, named and filled."""
