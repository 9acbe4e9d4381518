"""Where somebody signs a contract by telephone: pages without a sign-in."""
