import CallProtocol
import Operations

/// The operations on containers and images, joined with the code that does them.
extension ContainerService {
    var entries: [OperationEntry] {
        typealias Access = ContainerAccess
        return [
            ContainerOperations.list.handled { try await self.list($0, for: Access($1.caller)) },
            ContainerOperations.inspect.handled { try await self.inspect($0, for: Access($1.caller)) },
            ContainerOperations.create.handled { try await self.create($0, $1) },
            ContainerOperations.start.handled { try await self.start($0, for: Access($1.caller)) },
            ContainerOperations.stop.handled { try await self.stop($0, for: Access($1.caller)) },
            ContainerOperations.restart.handled { try await self.stop($0, for: Access($1.caller), again: true) },
            ContainerOperations.kill.handled { try await self.kill($0, for: Access($1.caller)) },
            ContainerOperations.remove.handled { try await self.remove($0, for: Access($1.caller)) },
            ContainerOperations.rename.handled { try await self.rename($0, for: Access($1.caller)) },
            ContainerOperations.wait.handled { try await self.wait($0, for: Access($1.caller)) },
            ContainerOperations.top.handled { try await self.top($0, for: Access($1.caller)) },
            ContainerOperations.logs.subscribed {
                try await ContainerLogs(service: self).send($0, for: Access($1.caller), to: $2)
            },
            ContainerOperations.exec.subscribed {
                try await ContainerExec(service: self).run($0, for: Access($1.caller), to: $2)
            },
            ContainerOperations.stats.subscribed {
                try await ContainerStatsReader(service: self).send($0, for: Access($1.caller), to: $2)
            },
            ContainerOperations.events.subscribed { input, _, sink in
                try await ContainerEvents(service: self).send(input, to: sink)
            },
            ContainerOperations.copyIn.sessioned {
                try await ContainerFiles(service: self).copyIn($0, for: Access($1.caller), $2)
            },
            ContainerOperations.copyOut.sessioned {
                try await ContainerFiles(service: self).copyOut($0, for: Access($1.caller), $2)
            },
            ImageOperations.list.handled { _, _ in try await ImageService(service: self).list() },
            ImageOperations.inspect.handled { input, _ in try await ImageService(service: self).inspect(input) },
            ImageOperations.remove.handled { input, _ in try await ImageService(service: self).remove(input) },
            ImageOperations.pull.subscribed { input, _, sink in
                try await ImageService(service: self).pull(input, to: sink)
            },
            ImageOperations.load.sessioned { _, _, stream in try await ContainerFiles(service: self).load(stream) },
        ]
    }
}
