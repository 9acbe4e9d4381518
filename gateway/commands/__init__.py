"""What the commands of `yizhan` do; `gateway.cli` only names them."""
