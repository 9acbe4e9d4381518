"""How the exchange is doing, for the programs of whoever operates."""
