"""How the exchange is doing: what waits in every queue, what goes through, what is held up."""
