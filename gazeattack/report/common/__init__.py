"""Images, plots and the template that both HTML reports share."""
