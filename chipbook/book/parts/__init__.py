"""What a page is made of beside prose: charts and tables."""
