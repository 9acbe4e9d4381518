"""Contracts in Word for the tests: written as plain text with their blanks named, made into documents."""
