"""Results as text, JSON, JUnit or Markdown."""
