"""What every command shares: its options, how it takes what was typed, and how it ends; nothing heavy is imported."""
