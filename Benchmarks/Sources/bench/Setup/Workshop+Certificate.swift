extension Workshop {
    /// A self-signed certificate with a P-256 key, as PEM files.
    func selfSigned(_ name: String) throws -> (certificate: String, key: String) {
        let folder = try subfolder(name)
        let (certificate, key) = (folder + "/certificate.pem", folder + "/key.pem")
        try Spawn.timed(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
            ], isQuiet: true)
        return (certificate, key)
    }
}
