"""The commands of the command line, one module each: options, and what is done."""
