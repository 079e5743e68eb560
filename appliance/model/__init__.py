"""Networks, in portable and in native arithmetic."""
