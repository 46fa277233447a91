"""Understanding: pure functions and state machines from raw facts to events. No clock, no socket, no asyncio."""
