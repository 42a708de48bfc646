import Glibc
import Harness

/// The ends of Capstan that the benchmarks drive, each in a process of its own.
@main
struct Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch (arguments.first, arguments.count) {
            case ("hub", 1): try await HubSide.run(HubSide.serveCalls)
            case ("hub-streams", 1): try await HubSide.run(HubSide.serveStreams)
            case ("hub-bulk", 1): try await HubSide.run(BulkSource.serve)
            case ("spoke-bulk", 3): try await BulkSink.run(address: arguments[1], fingerprint: arguments[2])
            case ("pipe-source", 3): try await PipeSource.run(certificate: arguments[1], key: arguments[2])
            case ("pipe-sink", 2): try await PipeSink.run(port: arguments[1])
            case ("place", 2): try await PlaceSide(folder: arguments[1]).run()
            case ("rent", 2): try await RentSide(folder: arguments[1]).run()
            case ("import-write", 3):
                try ImportSide.write(arguments[1], isYAML: arguments[2] == "yaml")
                print("written")
            case ("import", 2): try ImportSide.run(arguments[1])
            case ("fill", 3): try await FilledFleet(folder: arguments[1]).fill(nodes: Int(arguments[2]) ?? 0)
            case ("spoke", 3): try await SpokeSide.run(address: arguments[1], fingerprint: arguments[2])
            case ("join", 4):
                try await SpokeSide.run(token: arguments[1], name: arguments[2], stateDirectory: arguments[3])
            case ("call", 3): try await OperatorSide(token: arguments[1]).callNode(arguments[2])
            case ("run", 2): try await OperatorSide(token: arguments[1]).runWorkloads()
            case ("storm-prepare", 4):
                guard let count = Int(arguments[3]), count > 0 else { throw Misuse() }
                try await StormPrepare.run(stateDirectory: arguments[1], roster: arguments[2], count: count)
            case ("storm", 5):
                try await StormSide.run(
                    addresses: arguments[1], fingerprint: arguments[2], roster: arguments[3], seconds: arguments[4])
            case ("bare-server", 1): try await BareServer.run()
            case ("bare-storm", 3): try await BareStorm.run(address: arguments[1], roster: arguments[2])
            default: throw Misuse()
            }
        } catch {
            Complaint.say("capstan-bench: \(error)")
            exit(1)
        }
        exit(0)
    }
}

/// The arguments are not what the driver sends.
struct Misuse: Error, CustomStringConvertible {
    var description: String {
        """
        usage: hub | hub-streams | hub-bulk | spoke ADDRESS FINGERPRINT | spoke-bulk ADDRESS FINGERPRINT
               pipe-source CERTIFICATE KEY | pipe-sink PORT | join TOKEN NAME FOLDER | call TOKEN NODE | run TOKEN
               import-write PATH json|yaml | import PATH
               place FOLDER | rent FOLDER | fill FOLDER NODES
               storm-prepare STATE_DIR ROSTER COUNT | storm ADDRESS[,ADDRESS]... FINGERPRINT ROSTER SECONDS
               bare-server | bare-storm ADDRESS ROSTER
        """
    }
}
