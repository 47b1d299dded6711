"""What cluster tests, demo and benches share: boards made of namespaces, ways to wait and tell."""
