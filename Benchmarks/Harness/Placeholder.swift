package enum Harness {}
