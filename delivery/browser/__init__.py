"""Reports opened in a real browser: phone, desktop, dark, paper, with an automatic accessibility check."""
