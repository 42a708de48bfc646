import Market

/// The shell script by which a rented container becomes a node.
///
/// It is written for any `sh`, and for images with next to nothing in them: what gets the program is whatever is there of
/// curl, wget, python3 and bash. What was got is trusted by its checksum alone.
struct BootScript: Sendable {
    /// Where the hub hands out its own program.
    struct Download: Sendable, Equatable {
        /// `http://HOST:PORT/bin/capstan-linux-x86_64`
        var url: String
        /// SHA-256 in hex.
        var checksum: String
        /// What `uname -m` says where it runs.
        var architecture: String
        /// The certificates of public authorities, for images that have none: the address, and SHA-256 in hex.
        var roots: (url: String, checksum: String)?

        static func == (left: Self, right: Self) -> Bool {
            (left.url, left.checksum, left.architecture, left.roots?.url, left.roots?.checksum)
                == (right.url, right.checksum, right.architecture, right.roots?.url, right.roots?.checksum)
        }
    }

    /// The variable that has the instance's id.
    let idVariable: String?
    /// Nil where the image has to have the program.
    let download: Download?
    /// By what the machine gives itself back when the program does not come; nil where all it can do is to end.
    var release: SelfRelease?
    /// Seconds that it may take.
    var lease: Int64 = 900

    var text: String {
        """
        read -r CAPSTAN_BOOTED m 2>/dev/null </proc/uptime && export CAPSTAN_BOOTED
        m=$(umask); umask 077
        d=${CAPSTAN_DIR:-/var/lib/capstan}; mkdir -p $d 2>/dev/null || { d=/tmp/capstan; mkdir -p $d; }
        c=$(command -v capstan || true)
        \(fetching)\(identity)unset CAPSTAN_BOOT; umask $m
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
        let roots = download.roots.map { roots in
            """
            if [ ! -s /etc/ssl/certs/ca-certificates.crt ]; then
            get '\(roots.url)' $d/roots.pem '\(roots.checksum)' && export CAPSTAN_ROOTS=$d/roots.pem
            fi

            """
        }
        return """
            \(givingUp)
            e=$(($(date +%s) + \(lease)))
            \(Self.getting)
            if [ -z "$c" ]; then
            if [ "$(uname -m)" != '\(download.architecture)' ]; then
            echo "capstan: this machine is a $(uname -m), and the hub's program is for \(download.architecture)" >&2; giveup
            fi
            c=$d/capstan; get '\(download.url)' $c '\(download.checksum)' || giveup; chmod 700 $c
            fi
            \(roots ?? "")
            """
    }

    /// `giveup`: the machine's end is asked for again and again; nobody else would while the hub is away.
    private var givingUp: String {
        guard let release else { return "giveup() { exit 1; }" }
        func quoted(_ text: String) -> String { "\"" + text.filter { !"\"`\\".contains($0) } + "\"" }
        let headers = release.headers.sorted { $0.key < $1.key }.map { "-H " + quoted("\($0.key): \($0.value)") }
        let words = (["-X", release.method] + headers + [quoted(release.url)]).joined(separator: " ")
        return """
            giveup() {
            command -v curl >/dev/null || exit 1
            until curl -fsS --connect-timeout 10 --max-time 60 \(words); do sleep 30; done
            exit 1
            }
            """
    }

    /// `get URL FILE CHECKSUM`, until the lease is over.
    private static let getting = #"""
        get() {
        n=1
        until [ -s $2 ] && [ "$(sha256sum $2 | cut -d' ' -f1)" = "$3" ]; do
        [ $(date +%s) -gt $e ] && return 1
        [ $n -gt 1 ] && { echo "capstan: $1 could not be had whole" >&2; sleep $((n < 10 ? n : 10)); }
        n=$((n + 1)); rm -f $2; r=${1#*://}; h=${r%%/*}
        if command -v curl >/dev/null; then curl -fsSk --connect-timeout 10 --max-time 600 -o $2 "$1"
        elif command -v wget >/dev/null; then wget -q -T 60 --no-check-certificate -O $2 "$1"
        elif command -v python3 >/dev/null; then python3 -c "import socket,ssl,urllib.request as r
        socket.setdefaulttimeout(60)
        ssl._create_default_https_context=ssl._create_unverified_context
        r.urlretrieve('$1','$2')"
        elif command -v bash >/dev/null; then
        t=; command -v timeout >/dev/null && t='timeout 600'
        x=${h%:*}; x=${x#[}; export H=${x%]} P=${h##*:} U=/${r#*/}
        $t bash -c 'exec 3<>/dev/tcp/$H/$P
        printf "GET $U HTTP/1.0\r\nHost: $H:$P\r\n\r\n" >&3
        while IFS= read -r l <&3; do [ "$l" = "$(printf "\r")" ] && break; done; cat <&3' >$2
        fi
        done
        }
        """#
}
