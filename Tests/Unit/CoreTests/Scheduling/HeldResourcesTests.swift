import Operations
import Testing

@testable import Core

@Suite("What an attempt holds on its node")
struct HeldResourcesTests {
    @Test(
        "Any number of processors can be asked for, and is held as one that can be counted with",
        arguments: [
            (0.25, 250), (4_096, 4_096_000), (1.8446744073709552e20, 1_000_000_000_000), (1e308, 1_000_000_000_000),
            (-1e300, 0),
        ])
    func processors(cpus: Double, milliCPU: Int) {
        var spec = WorkloadSpec(cmd: ["true"])
        spec.cpus = cpus
        let held = HeldResources(spec)
        #expect(held.milliCPU == milliCPU)
        #expect(HeldResources(text: held.text).milliCPU == milliCPU)
    }
}
