"""The project's laws as functions from source text to offences, so that each can be shown to fail."""
