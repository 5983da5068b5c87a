"""What can be wrong with a blob or with its store."""


class BlobError(Exception):
    """Something about a blob or the blob store."""


class BlobMissingError(BlobError):
    """There is no such blob, though a row may speak of it."""


class BlobCorruptError(BlobError):
    """The bytes under this name are not those that were put there."""


class BlobStoreUnavailableError(BlobError):
    """The store cannot be reached or does not let us in; trying again may help."""


class BlobStoreFullError(BlobStoreUnavailableError):
    """Nothing more fits into the store."""
