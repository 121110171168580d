"""The pages of the book: what each uses, its parts, its gates, the site around it."""
