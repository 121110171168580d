"""The site around the pages: what the build keeps, drops and lays out."""
