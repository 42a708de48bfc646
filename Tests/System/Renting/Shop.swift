import TestKit

/// A fake provider, and what a hub has to be told of it.
struct Shop: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case runpod, vast
    }

    let kind: Kind
    /// Words of our own for its API.
    let document: String
    /// The account's key.
    let token: String
    let account: ProviderAccount
    let server: FakeHTTPServer

    static func with(_ kind: Kind, _ body: (Shop) async throws -> Void) async throws {
        let pace = BootPace.after(.milliseconds(200))
        switch kind {
        case .runpod:
            try await FakeRunPod.with(pace: pace) {
                try await body(
                    Shop(
                        kind: kind, document: FakeRunPod.document, token: $0.settings.token, account: $0.account,
                        server: $0.server))
            }
        case .vast:
            try await FakeVast.with(pace: pace) {
                try await body(
                    Shop(
                        kind: kind, document: FakeVast.document, token: $0.settings.token, account: $0.account,
                        server: $0.server))
            }
        }
    }
}
