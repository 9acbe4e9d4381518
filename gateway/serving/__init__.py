"""The running service: the ASGI application, its processes, and the jobs that a schedule runs."""
