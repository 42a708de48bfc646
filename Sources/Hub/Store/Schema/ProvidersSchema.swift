/// Companies' APIs: the documents as they were imported, and how they are called. Secrets are not here, only where they are found.
enum ProvidersSchema {
    static let v1 = """
        CREATE TABLE providers (
            name TEXT NOT NULL PRIMARY KEY,
            document TEXT NOT NULL CHECK (json_type(document) = 'object'),
            importedBy TEXT NOT NULL,
            importedAt INTEGER NOT NULL
        ) STRICT;
        """
}
