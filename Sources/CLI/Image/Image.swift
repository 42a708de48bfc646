import ArgumentParser

/// `capstan image`
struct Image: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Images of the fleet's container engines.",
        discussion: .flowing(
            """
            Example:
              capstan image pull --node gpu-1 nginx:1.27
              docker save app | capstan image load --node gpu-1
              capstan image list
            """),
        subcommands: [
            ImageListCommand.self, ImageInspect.self, ImagePull.self, ImageLoad.self, ImageRemove.self,
        ])
}
