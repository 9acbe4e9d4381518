"""The partners' own systems, each a program of its own. They share no code with the service and know only its doors.

    python -I <program> <arguments>

Secrets come by environment; what a program has to say is a line of JSON on standard output.
"""
