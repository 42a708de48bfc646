extension HubCore {
    /// Where rented machines get the hub's own program.
    var download: BootScript.Download? { nil }
}
