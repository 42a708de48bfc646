/// Small facts about the hub: key and value, custom roles, the hub's own keys past and present.
enum SettingsSchema {
    static let v1 = """
        CREATE TABLE meta (
            key TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT;

        CREATE TABLE roles (
            name TEXT NOT NULL PRIMARY KEY CHECK (length(name) > 0),
            grants TEXT NOT NULL CHECK (json_valid(grants))
        ) STRICT;

        CREATE TABLE hub_keys (
            fingerprint TEXT NOT NULL PRIMARY KEY,
            spki BLOB NOT NULL,
            signedBy TEXT REFERENCES hub_keys (fingerprint),
            signature BLOB,
            current INTEGER NOT NULL CHECK (current IN (0, 1)),
            addedAt INTEGER NOT NULL,
            CHECK ((signedBy IS NULL) = (signature IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX hub_keys_current ON hub_keys (current) WHERE current = 1;
        CREATE INDEX hub_keys_signedBy ON hub_keys (signedBy);
        """
}
