"""How the exchange is doing: queues, traffic, what is held up."""
