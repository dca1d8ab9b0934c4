"""What both HTML pages share."""
