"""Tar shards, for data larger than a machine: written from a store, streamed by rank."""
