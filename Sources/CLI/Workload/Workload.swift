import ArgumentParser

/// `capstan workload`
struct Workload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload", abstract: "What runs, ran and waits; capstan run adds to it.",
        discussion: .flowing(
            """
            Example:
              capstan workload list --state running
              capstan workload logs -f train
              capstan workload receipt train --verify
            """),
        subcommands: [
            WorkloadList.self, WorkloadShow.self, WorkloadLogs.self, WorkloadCancel.self, WorkloadReceipt.self,
        ])
}
