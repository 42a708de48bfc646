import ArgumentParser

/// `capstan provider`
struct Provider: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider", abstract: "Companies' APIs, called as operations of the hub.",
        discussion: .flowing(
            """
            An API is imported from its OpenAPI document. Each of its operations is then one here,
            provider.NAME/OPERATION, for capstan call and for programs.

            Example:
              capstan provider import runpod openapi.json --credential env:RUNPOD_KEY
              capstan provider show runpod/listPods
              capstan call provider.runpod/listPods
            """),
        subcommands: [
            ProviderImport.self, ProviderListCommand.self, ProviderShow.self, ProviderOffersCommand.self,
            ProviderRemove.self,
        ])
}
