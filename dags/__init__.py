"""What Airflow runs: thin DAGs over `gateway.serving.jobs`, built from the connectors; no business logic."""
