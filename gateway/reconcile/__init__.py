"""What another side holds compared with what is stored here, decided about and repaired."""
