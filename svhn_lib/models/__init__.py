"""Models: backbones as tables of blocks, heads, and the zoo of named networks."""
