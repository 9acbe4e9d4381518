"""What Airflow runs: thin DAGs over `gateway.jobs`. Built by `factory` from the connectors; no business logic."""
