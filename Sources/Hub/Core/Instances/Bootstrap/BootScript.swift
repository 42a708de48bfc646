/// The shell script by which a rented container becomes a node.
///
/// It is written for any `sh`, and for images with next to nothing in them: what gets the spoke is whatever is there of
/// curl, wget, python3 and bash.
struct BootScript: Sendable {
    /// Where the hub hands out its own program.
    struct Download: Sendable, Equatable {
        /// `http://HOST:PORT/bin/capstan-linux-x86_64`
        var url: String
        /// SHA-256 in hex: by it alone the program is trusted.
        var checksum: String
        /// What `uname -m` says where it runs.
        var architecture: String
    }

    /// The variable that has the instance's id.
    let idVariable: String?
    /// Nil where the image has to have the program.
    let download: Download?

    var text: String {
        """
        umask 077
        d=${CAPSTAN_DIR:-/var/lib/capstan}; mkdir -p $d 2>/dev/null || { d=/tmp/capstan; mkdir -p $d; }
        c=$(command -v capstan || true)
        \(fetching)\(identity)unset CAPSTAN_BOOT
        exec "$c" spoke run --state-dir $d/spoke

        """
    }

    private var identity: String {
        idVariable.map { "export CAPSTAN_INSTANCE=\"${CAPSTAN_INSTANCE:-$\($0)}\"\n" } ?? ""
    }

    private var fetching: String {
        guard let download else {
            return """
                if [ -z "$c" ]; then echo "capstan: this image has no capstan, and the hub hands none out" >&2; exit 1; fi

                """
        }
        let (host, port, path) = download.parts
        return """
            if [ -z "$c" ]; then
            if [ "$(uname -m)" != '\(download.architecture)' ]; then
            echo "capstan: this machine is a $(uname -m), and the hub's program is for \(download.architecture)" >&2; exit 1
            fi
            c=$d/capstan; u='\(download.url)'; s='\(download.checksum)'
            good() { [ -s $c ] && [ "$(sha256sum $c | cut -d' ' -f1)" = "$s" ]; }
            n=1
            until good; do
            rm -f $c
            if command -v curl >/dev/null; then curl -fsS -o $c "$u"
            elif command -v wget >/dev/null; then wget -q -O $c "$u"
            elif command -v python3 >/dev/null; then python3 -c "import urllib.request as r;r.urlretrieve('$u','$c')"
            elif command -v bash >/dev/null; then bash -c 'exec 3<>/dev/tcp/\(host)/\(port)
            printf "GET \(path) HTTP/1.0\\r\\nHost: \(host)\\r\\n\\r\\n" >&3
            while IFS= read -r l <&3; do [ "$l" = "$(printf "\\r")" ] && break; done; cat <&3 >'$c
            fi
            good && break
            echo "capstan: try $n: $u could not be had whole" >&2
            [ $n -ge 30 ] && exit 1
            sleep $((n < 10 ? n : 10)); n=$((n + 1))
            done
            chmod 700 $c
            fi

            """
    }
}

extension BootScript.Download {
    /// Host, port and path of a plain address.
    fileprivate var parts: (host: String, port: String, path: String) {
        let rest = url.drop { $0 != "/" }.dropFirst(2)
        let (authority, path) = (rest.prefix { $0 != "/" }, rest.drop { $0 != "/" })
        let port = authority.split(separator: ":").count == 2 ? authority.split(separator: ":")[1] : "80"
        return (String(authority.prefix { $0 != ":" }), String(port), String(path))
    }
}
