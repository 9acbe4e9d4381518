"""What the commands of `yizhan` do; `gateway.cli.main` only names them."""
