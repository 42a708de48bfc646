/// One decoder under fire: what it is given at first and what must hold for whatever it is given.
struct FuzzTarget: Sendable {
    let name: String
    /// Bytes of an input, at most.
    var largest = 8192
    /// CPU time that any input may take, beyond what ``Cost`` gives for its length.
    var allowance = Duration.milliseconds(400)
    /// Texts that inputs are made of, for the mutator.
    var words: [String] = []
    /// Inputs to begin with: valid values through our own encoders, and the values at the bounds.
    let seeds: @Sendable () -> [[UInt8]]
    /// Does not return when something does not hold.
    let run: @Sendable ([UInt8]) -> Void

    /// All of them, in the order they are run.
    static let all: [FuzzTarget] = [
        FrameTarget.target, EnvelopeTarget.target, CallTarget.target, ChunkTarget.target, HelloTarget.target,
        TokenTarget.target, JSONTarget.target, SchemaTarget.target, OperationTarget.target, RecordingTarget.target,
        SupervisorTarget.target, FormatTarget.target, LabelTarget.target, LinkTarget.target, ExecTarget.target,
        KeyTarget.target, YAMLTarget.target, HostTarget.target, StateTarget.target, ArchiveTarget.target,
        ViewTarget.target, EngineTarget.target, TarTarget.target, DocumentTarget.target, OverlayTarget.target,
        StreamTarget.target, ExpressionTarget.target, MappingTarget.target,
    ]
}
