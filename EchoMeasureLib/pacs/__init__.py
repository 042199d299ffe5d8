"""Archives of a hospital, over DICOMweb and DIMSE: find, fetch, send, and watch for new studies."""
