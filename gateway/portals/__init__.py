"""What comes from partners' servers and portals, and what goes back to them. Plain functions that the command line,
Airflow and tests call alike."""
