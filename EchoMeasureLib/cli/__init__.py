"""The echomeasure command, one module per subcommand."""
