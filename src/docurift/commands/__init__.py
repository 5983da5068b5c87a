"""The commands of `docurift`, one noun a file. Those that ask a service speak HTTP and import nothing of the server."""
