"""The commands, one module each; heavy imports happen inside them."""
