"""How records come in and answers go out: one package a door; what doors share lies beside them."""
