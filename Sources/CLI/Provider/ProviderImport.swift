import ArgumentParser
import CallProtocol
import Daemon
import Glibc
import OpenAPI
import Operations

/// `capstan provider import`
struct ProviderImport: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make the operations of an API callable, from its document.",
        discussion: .flowing(
            """
            The document is OpenAPI 3 or Swagger 2.0, as JSON or YAML; other files that it refers to are taken along, as
            far as they are in its folder. What is wrong with it is told, and whatever can be called is. Where a provider
            of that name is there, what would change is shown first.

            Operations are internal, for those who may import, until --include or the mapping names them. The secret
            stays at the hub: --credential says where it is found there, in its environment (env:VAR), in a file
            (file:/PATH), or as what a program prints (exec:/PATH ARGS). It is sent to the API's own server alone.

            builtin:local is the container engine of the hub's machine (Docker, Podman): machines are rented there with no
            account anywhere, each a container.

            Example:
              capstan provider import runpod openapi.json --credential env:RUNPOD_KEY
              capstan provider import docker v1.43.yaml --server unix:///run/docker.sock
              capstan provider import local builtin:local
              capstan provider import pets pets.yaml --include 'list*' --dry-run
            """))

    @Argument(help: "What it is called here: lower case letters, digits and -.") var name: String
    @Argument(help: "The document's file; - reads it from stdin; or builtin:local.", completion: .file())
    var document: String
    @Option(help: ArgumentHelp("An OpenAPI Overlay: changes of the document.", valueName: "file"), completion: .file())
    var overlay: String?
    @Option(
        help: ArgumentHelp(
            "How the API is called, as YAML; or builtin:NAME. RunPod's and Vast.ai's documents have theirs without it.",
            valueName: "file"), completion: .file())
    var mapping: String?
    @Option(
        name: .customLong("credential"),
        help: ArgumentHelp(
            "Where its secret is found, at the hub: env:VAR, file:/PATH or exec:/PROGRAM; repeatable, with SCHEME= in front.",
            valueName: "source"))
    var credentials: [String] = []
    @Option(
        help: ArgumentHelp("Operations that are not internal; * for any letters; repeatable.", valueName: "pattern"))
    var include: [String] = []
    @Option(help: ArgumentHelp("Operations that are left out; repeatable.", valueName: "pattern"))
    var exclude: [String] = []
    @Option(help: ArgumentHelp("Where the API is, instead of what the document says.", valueName: "url"))
    var server: String?
    @Flag(help: "Change nothing; say what would be.") var dryRun = false
    @Flag(name: .shortAndLong, help: "Replace one that is there without being asked.") var yes = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var input = try await ProviderFiles.input(name, document)
        input.overlay = try await ProviderFiles.text(overlay, as: "an overlay")
        let isBuiltIn = ProviderFiles.isBuiltIn(mapping)
        input.mapping = isBuiltIn ? mapping : try await ProviderFiles.text(mapping, as: "a mapping")
        input.credentials = credentials.isEmpty ? nil : credentials
        input.include = include.isEmpty ? nil : include
        input.exclude = exclude.isEmpty ? nil : exclude
        input.server = server
        let connector = try await connector()
        let deadline = Deadline(in: global.wait)
        input.dryRun = dryRun ? true : nil
        input.replace = yes ? true : nil
        let imported: ProviderImported
        do {
            imported = try await connector.ask(ProviderOperations.importDocument, input, until: deadline)
        } catch let error as CallError where error.code == .conflict {
            guard let details = error.details,
                let diff = try? JSONCoding.decode(ProviderDiff.self, from: RawJSON(details))
            else { throw error }
            try confirm(diff)
            input.replace = true
            imported = try await connector.ask(ProviderOperations.importDocument, input, until: deadline)
        }
        await connector.close()
        let printer = global.printer
        try await printer.value(try JSONCoding.value(of: imported)) {
            ProviderReport(imported).text(coloured: printer.isColoured)
        }
    }

    /// Shows what would change, and asks where somebody is there to be asked.
    private func confirm(_ diff: ProviderDiff) throws {
        StandardError.write("\(name) is there already. With this document:\n" + diff.words)
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw Failure(
                .conflict, "\(name) is there already and would change",
                advice: "--yes replaces it; --dry-run shows all of it")
        }
        StandardError.write("Replace it? [y/N] ")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw Failure(.aborted, "nothing was changed")
        }
    }
}
