"""Chips and Denials: data, quantities and charts behind the book."""
