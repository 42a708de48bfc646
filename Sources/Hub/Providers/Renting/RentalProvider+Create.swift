import CallProtocol
import Mapping
package import Market

/// From an order to something that runs.
extension RentalProvider {
    /// How long a create waits for what goes ahead of it.
    private static let patience = Duration.seconds(20)

    package func create(_ order: RentOrder) async -> CreateOutcome {
        var faults: [String] = []
        let deadline = ContinuousClock.now + Self.patience
        for call in rent.before {
            switch await prepare(call, order, until: deadline) {
            case .over(let fault): faults += [fault].compactMap { $0 }
            // Nothing was made, and the next try finds it further.
            case .goesOn: return .refused(.backOff, words: "\(call.operation) is not over yet")
            }
        }
        do {
            let id = try rent.id(created: try await ask(rent.create, order.names))
            return await finish(id, order)
        } catch {
            return outcome(error, ahead: faults)
        }
    }

    private func prepare(
        _ call: MappedCall, _ order: RentOrder, until deadline: ContinuousClock.Instant
    ) async -> Preparations.Outcome {
        let input: JSONValue
        do { input = try call.input(order.names) } catch { return .over(fault: words(error)) }
        return await preparations.run(.init(operation: call.operation, input: input), until: deadline) {
            do { _ = try await ask(call, order.names) } catch { return words(error) }
            return nil
        }
    }

    /// What was made is to run; where it does not it is ended at once, and nothing is left behind that costs and does nothing.
    private func finish(_ id: String, _ order: RentOrder) async -> CreateOutcome {
        do {
            let names = order.names.merging(["id": .string(id)]) { $1 }
            for call in rent.then { _ = try await ask(call, names) }
            return .created(id: id)
        } catch {
            do { try await terminate(id, name: order.name) } catch let failure {
                let (why, left) = (words(error), words(failure))
                return .unclear(words: "\(why); \(id) was made, and did not take its end: \(left)")
            }
            return outcome(error, ahead: [])
        }
    }

    /// - Parameter faults: what went wrong ahead of it, in words; it may say why.
    private func outcome(_ error: any Error, ahead faults: [String]) -> CreateOutcome {
        let (meaning, words) = rent.meaning(of: Self.failure(error), creating: true)
        let all = ([words] + faults.filter { $0 != words }.map { "ahead of it: \($0)" }).joined(separator: "; ")
        return meaning == .reconcile ? .unclear(words: all) : .refused(meaning, words: all)
    }
}
