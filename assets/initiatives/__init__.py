"""What an initiative changed: registry, composition, comparison designs, and what each can show."""
