import AsyncHTTPClient
import CallProtocol
package import Market
import NIOCore
import NIOHTTP1

extension ProviderHTTP {
    private static let patienceForRelease = TimeAmount.seconds(30)

    /// Asks the provider to end the machine that this program runs on.
    /// - Throws: `UNAVAILABLE` for whatever is no success.
    package func send(_ release: SelfRelease) async throws {
        var request = HTTPClientRequest(url: release.url)
        request.method = HTTPMethod(rawValue: release.method)
        for (name, value) in release.headers { request.headers.add(name: name, value: value) }
        request.headers.add(name: "User-Agent", value: "capstan")
        let answer = try await open(request, within: Self.patienceForRelease)
        // What is not there any more needs no end.
        guard (200..<300).contains(answer.status.code) || answer.status == .notFound else {
            throw CallError(.unavailable, "the provider answered \(answer.status.code)")
        }
    }
}
