"""What other programs take from the book: notebooks, linked data, rows to verify."""
