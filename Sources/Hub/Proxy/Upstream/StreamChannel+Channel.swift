package import NIOCore

/// What the library asks of every channel, and a stream has little of.
extension StreamChannel: Channel, ChannelCore {
    package var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    package var localAddress: SocketAddress? { nil }
    package var remoteAddress: SocketAddress? { nil }
    package var parent: (any Channel)? { nil }
    package var _channelCore: any ChannelCore { self }

    package func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    package func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    package func localAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    package func remoteAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    package func register0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    package func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { register0(promise: promise) }

    package func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { register0(promise: promise) }
    package func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) { register0(promise: promise) }
    package func channelRead0(_ data: NIOAny) {}
    package func errorCaught0(error: any Error) {}

    package func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
}
