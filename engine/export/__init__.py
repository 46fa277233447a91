"""What a recording can be turned into for other tools."""
