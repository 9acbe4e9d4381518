"""PostgreSQL: connections by role and scope, the private server, migrations, typed rows, blobs."""
