"""Reading: logits or tokens to numbers, and the reader that takes any picture."""
