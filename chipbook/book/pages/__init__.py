"""The look-up pages, one module each."""
