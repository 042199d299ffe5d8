"""What leaves EchoMeasure: documents, tables and pictures."""
