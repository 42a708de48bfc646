package import CallProtocol

/// What inputs become on the wire, each of them looked at on the request that is made and on the bytes that a server gets.
package enum WireCases {
    package static let list: JSONValue = ["a", "b c", 3]
    package static let object: JSONValue = ["k": "v w", "n": 1]

    /// Query parameters `p`: the declaration without name and place, a value, and what stands behind the `?`.
    package static let queries: [(parameter: String, value: JSONValue, sent: String)] = [
        ("schema: {}", list, "p=a&p=b%20c&p=3"), ("explode: false, schema: {}", list, "p=a,b%20c,3"),
        ("schema: {}", object, "k=v%20w&n=1"), ("explode: false, schema: {}", object, "p=k,v%20w,n,1"),
        ("style: spaceDelimited, schema: {}", list, "p=a%20b%20c%203"),
        ("style: pipeDelimited, schema: {}", list, "p=a%7Cb%20c%7C3"),
        ("style: deepObject, schema: {}", object, "p%5Bk%5D=v%20w&p%5Bn%5D=1"),
        (
            "style: deepObject, schema: {}", ["a": ["b": ["c": true]], "l": [1, 2], "o": [["x": 1]]],
            "p%5Ba%5D%5Bb%5D%5Bc%5D=true&p%5Bl%5D%5B%5D=1&p%5Bl%5D%5B%5D=2&p%5Bo%5D%5B0%5D%5Bx%5D=1"
        ),
        ("schema: {}", "a&b=c#d?e/f+g%h é", "p=a%26b%3Dc%23d%3Fe%2Ff%2Bg%25h%20%C3%A9"),
        ("allowReserved: true, schema: {}", "a/b:c?d@e=f", "p=a/b:c?d@e=f"),
        ("allowReserved: true, schema: {}", "a&b#c+d[e]", "p=a%26b%23c%2Bd%5Be%5D"),
        ("content: {application/json: {schema: {}}}", object, "p=%7B%22k%22%3A%22v%20w%22%2C%22n%22%3A1%7D"),
        ("schema: {type: boolean}", true, "p=true"), ("schema: {type: number}", 1.5, "p=1.5"),
        ("schema: {}", [nil, "a"], "p=a"),
    ]

    /// Path parameters `p`: the declaration without name and place, a value, and what stands in its place.
    package static let paths: [(parameter: String, value: JSONValue, sent: String)] = [
        ("schema: {}", list, "a,b%20c,3"), ("explode: true, schema: {}", list, "a,b%20c,3"),
        ("schema: {}", object, "k,v%20w,n,1"), ("explode: true, schema: {}", object, "k=v%20w,n=1"),
        ("style: label, schema: {}", list, ".a,b%20c,3"),
        ("style: label, explode: true, schema: {}", list, ".a.b%20c.3"),
        ("style: label, schema: {}", object, ".k,v%20w,n,1"),
        ("style: label, explode: true, schema: {}", object, ".k=v%20w.n=1"),
        ("style: matrix, schema: {}", "v", ";p=v"), ("style: matrix, schema: {}", list, ";p=a,b%20c,3"),
        ("style: matrix, explode: true, schema: {}", list, ";p=a;p=b%20c;p=3"),
        ("style: matrix, schema: {}", object, ";p=k,v%20w,n,1"),
        ("style: matrix, explode: true, schema: {}", object, ";k=v%20w;n=1"),
        ("schema: {}", "a/b?c#d..", "a%2Fb%3Fc%23d.."), ("schema: {}", "%2e%2e", "%252e%252e"),
        ("x-capstan-spans-segments: true, schema: {}", "a/b c/d", "a/b%20c/d"),
    ]

    /// The list `a`, `b` as a query parameter `p` of Swagger 2.0, by its `collectionFormat`.
    package static let oldLists: [(format: String, sent: String)] = [
        ("csv", "p=a,b"), ("ssv", "p=a%20b"), ("tsv", "p=a%09b"), ("pipes", "p=a%7Cb"), ("multi", "p=a&p=b"),
    ]

    /// Bodies that are no objects: the declared type, a value, the type and the bytes that are sent.
    package static let texts: [(type: String, value: JSONValue, contentType: String, bytes: [UInt8])] = [
        ("application/octet-stream", ["base64": "AAH/"], "application/octet-stream", [0, 1, 255]),
        ("application/octet-stream", "hi", "application/octet-stream", [104, 105]),
        ("application/x-tar", ["base64": "AA=="], "application/x-tar", [0]),
        ("text/plain; charset=utf-8", "hé", "text/plain; charset=utf-8", [104, 0xC3, 0xA9]),
        ("application/xml", "<a/>", "application/xml", Array("<a/>".utf8)),
        ("'*/*'", "hi", "text/plain; charset=utf-8", [104, 105]),
        ("'*/*'", [1], "application/json", Array("[1]".utf8)),
        ("'*/*'", ["base64": "AA=="], "application/octet-stream", [0]),
    ]

    /// The security of an operation among ``schemes``, and how the only credential `s3` is shown.
    package static let security: [(security: String, header: String)] = [
        ("[{bearer: []}]", "Authorization: Bearer s3"), ("[{oauth: [read]}]", "Authorization: Bearer s3"),
        ("[{basic: []}]", "Authorization: Basic czM6"), ("[{key: []}]", "X-Key: s3"),
        ("[{cookie: []}]", "Cookie: sid=s3"),
        ("[{digest: []}, {key: []}]", "X-Key: s3"), ("[{}, {bearer: []}]", "Authorization: Bearer s3"),
        ("[{nowhere: []}, {bearer: []}]", "Authorization: Bearer s3"),
    ]

    /// The components that ``security`` names.
    package static let schemes = """
        components:
          securitySchemes:
            bearer: {type: http, scheme: Bearer}
            basic: {type: http, scheme: basic}
            key: {type: apiKey, in: header, name: X-Key}
            query: {type: apiKey, in: query, name: 'api key'}
            cookie: {type: apiKey, in: cookie, name: sid}
            oauth: {type: oauth2, flows: {}}
            digest: {type: http, scheme: digest}
        """
}
