"""What the cluster tests, the demo and the benchmarks share: boards made of namespaces, and ways to wait and to tell."""
