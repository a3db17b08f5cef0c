"""What maintenance and replays do: old things let go of, stored articles worked over, rejected ones tried again."""
