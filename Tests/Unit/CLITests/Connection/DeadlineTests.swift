import ArgumentParser
import CallProtocol
import Daemon
import Link
import NIOCore
import NIOPosix
import Operations
import Testing

@testable import capstan

/// A limit of this suite is what a wait that is not held runs into.
@Suite("The time of --wait is held, whatever it is spent on", .timeLimit(.minutes(1)))
struct DeadlineTests {
    /// Takes connections and never says a word, as a hub that was stopped does.
    private func withSilentHub(_ body: (HubContext) async throws -> Void) async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        var context = ContextStoreTests.context("silent")
        context.hub = [HostPort(host: "127.0.0.1", port: silent.localAddress?.port ?? 0)]
        try await body(context)
        try await silent.close().get()
    }

    private static let hanging = TTYOperations.open.sessioned { _, _, _ in try await Task.sleep(for: .seconds(3_600)) }

    private static func node(_ name: String) -> NodeView {
        NodeView(id: name, name: name, state: "connected", drain: "none", labels: [:], lastSeen: nil, attempts: 0)
    }

    @Test("dialling a hub that says nothing ends with TIMEOUT, for a call and for a program")
    func dialling() async throws {
        try await withSilentHub { context in
            let asked = await #expect(throws: CallError.self) {
                try await HubConnector(context).ask(HubOperations.status, Empty(), wait: .milliseconds(300))
            }
            #expect(asked?.code == .timeout)
            #expect(asked.map { Failure($0).exit } == .tempFail)
            let options = try GlobalOptions.parse(["--wait", "300ms"])
            let exec = ExecOnNode(input: TTYOpenInput(cmd: ["true"]), node: "n", passesInput: false, options: options)
            let started = await #expect(throws: CallError.self) { try await exec.run(HubConnector(context)) }
            #expect(started?.code == .timeout)
        }
    }

    @Test("a node that does not take the program up ends with TIMEOUT, and the call is given up")
    func opening() async throws {
        try await FakeHub.with([Self.hanging]) { hub in
            let options = try GlobalOptions.parse(["--wait", "300ms"])
            let exec = ExecOnNode(input: TTYOpenInput(cmd: ["true"]), node: "n", passesInput: false, options: options)
            let error = await #expect(throws: CallError.self) { try await exec.run(HubConnector(hub.context)) }
            #expect(error?.code == .timeout)
            #expect(error?.message.contains("n did not start the program") == true)
        }
    }

    @Test("without --wait a node that hangs holds up the others for a limited time")
    func openingOfMany() async throws {
        let nodes = NodeOperations.list.handled { _, _ in Operations.NodeList(nodes: [Self.node("n")]) }
        try await FakeHub.with([Self.hanging, nodes]) { hub in
            var exec = ExecOnMany(input: TTYOpenInput(cmd: ["true"]), options: try GlobalOptions.parse(["--quiet"]))
            exec.openingLimit = .milliseconds(300)
            #expect(try await exec.run(HubConnector(hub.context), try LabelSelector(parsing: [])) == 69)
        }
    }

    @Test("what is done before the end is kept, what throws is thrown, and without a time nothing is cut short")
    func held() async throws {
        #expect(try await Deadline(in: .seconds(60)).hold("late") { 5 } == 5)
        #expect(try await Deadline(in: nil).hold("late") { 6 } == 6)
        await #expect(throws: CallError(.conflict, "no")) {
            try await Deadline(in: .seconds(60)).hold("late") { throw CallError(.conflict, "no") }
        }
        await #expect(throws: CallError(.timeout, "late")) {
            try await Deadline(in: .zero).hold("late") { try await Task.sleep(for: .seconds(3_600)) }
        }
        // It takes no notice of being cancelled, and is done all the same: somebody has to end what it made.
        let kept = try await Deadline(in: .milliseconds(1)).hold("late") {
            try? await Task.sleep(for: .seconds(60))
            return 7
        }
        #expect(kept == 7)
    }

    @Test("a call made after the end has the least time there is, not all of it; and no try is made without time")
    func over() async throws {
        let over = Deadline(in: .zero)
        #expect(over.callMs == 1 && over.rest == .zero && over.left == nil)
        #expect(Deadline(in: nil).callMs == nil && Deadline(in: nil).rest == nil)
        var pause = RetryPause()
        #expect(try await over.pause(&pause) == false)
        #expect(try await Deadline(in: nil).pause(&pause) == false)
    }
}
