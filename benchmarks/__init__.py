"""Speed, measured side by side; nothing here is part of the tests' verdict."""
