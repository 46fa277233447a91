"""Pages for people, the HTTP interface for programs, the live stream for viewers."""
