import CallProtocol
import Dispatch
import Foundation
import Operations
import Synchronization
import TestKit
import Testing

@testable import SpokeOperations

@Suite("What a status tells of disks, network and GPUs")
struct HostStatusTests {
    @Test(
        "Local disks and the machine's own interfaces are told, and what a network file system holds is not asked for")
    func figures() async throws {
        try await withFolder { folder in
            try MachineFiles.write(folder + "/root")
            try MachineFiles.put(
                "/dev/root / ext4 rw 0 0\n/dev/hung /mnt/hung fuse.sshfs rw 0 0\nnas:/x /mnt/nas nfs4 rw 0 0\n",
                folder + "/root/proc/mounts")
            try MachineFiles.put(
                """
                Inter-|   Receive                                                |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                    lo: 77 1 0 0 0 0 0 0 77 1 0 0 0 0 0 0
                  eth0:1000 2 0 0 0 0 0 0 500 3 0 0 0 0 0 0
                veth12: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0
                """, folder + "/root/proc/net/dev")
            let spoke = try Spoke(folder) { $0.roots = MachineFiles.roots(folder + "/root") }
            let statuses = try spoke.client.subscribe(HostOperations.status, HostStatusInput(intervalSeconds: 5))
            let status = try #require(try await statuses.next())
            #expect(status.disks?.map(\.mount) == ["/"])
            #expect((status.disks?.first?.total ?? 0) > 0)
            #expect(status.network == [HostStatus.Interface(name: "eth0", received: 1000, sent: 500)])
            #expect(status.gpus == nil)
            #expect(status.shortened == nil)
            statuses.close()
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("A disk that hangs holds up no status: the figures of the last time stand, and it is asked once")
    func hung() async throws {
        let (asked, gate, clock) = (Recorder<Int>(), DispatchSemaphore(value: 0), ManualClock())
        let disk = HostFacts.Disk(mount: "/", total: 100, free: 50)
        let watch = DiskWatch(clock: clock) {
            asked.add(1)
            if asked.count > 1 { gate.wait() }
            return DiskWatch.Reading(disks: [disk], own: disk)
        }
        #expect(try await watch.read().isLate == false)
        for _ in 0..<2 {
            let late = Task { try await watch.read() }
            try await eventually { clock.sleepers == 1 }
            clock.advance(by: DiskWatch.patience)
            let told = try await late.value
            #expect(told.isLate)
            #expect(told.reading?.own == disk)
        }
        // The thread that asks may come to it late.
        try await eventually { asked.count == 2 }
        gate.signal()
        try await eventually { watch.isIdle }
        // It answers again, so it is asked again.
        gate.signal()
        #expect(try await watch.read().isLate == false)
        #expect(asked.count == 3)
    }

    @Test("A status of a machine with more of everything than fits stays within 4 KiB and says that it is cut")
    func bound() throws {
        var status = HostStatus(
            now: "2026-01-01T00:00:00.000Z", sessions: 1, attempts: 2, spokeUptimeSeconds: 3,
            warnings: (0..<40).map { "warning \($0) " + String(repeating: "\"", count: 500) })
        status.disks = (0..<64).map { HostFacts.Disk(mount: "/mnt/disk\($0)", total: 1 << 50, free: 1 << 49) }
        status.network = (0..<64).map { HostStatus.Interface(name: "eth\($0)", received: 1 << 50, sent: 1 << 50) }
        status.gpus = (0..<16).map {
            HostStatus.GPUUse(model: "GPU \($0)", percent: 99, memoryUsed: 1 << 36, memoryTotal: 1 << 37)
        }
        let bounded = status.bounded()
        #expect(try JSONCoding.encode(bounded).count <= HostStatus.limit)
        #expect(bounded.shortened == true)
        #expect(bounded.sessions == 1)
        let small = HostStatus(now: "x", sessions: 0, attempts: 0, spokeUptimeSeconds: 0, warnings: ["one"])
        #expect(small.bounded() == small)
    }

    @Test("NVIDIA's tool tells how busy each GPU is; what it does not know is left out")
    func gpuUse() {
        #expect(
            GPUProbe.parseUses("NVIDIA H100 80GB HBM3, 35, 1024, 81559\nTesla T4, [N/A], [N/A], 15360\nnonsense\n") == [
                HostStatus.GPUUse(
                    model: "NVIDIA H100 80GB HBM3", percent: 35, memoryUsed: 1024 << 20, memoryTotal: 81_559 << 20),
                HostStatus.GPUUse(model: "Tesla T4", memoryTotal: 15_360 << 20),
            ])
    }

    @Test("What the tool answers shows in the status of a spoke that runs")
    func gpuTool() async throws {
        try await withFolder { folder in
            let tool = folder + "/bin/nvidia-smi"
            try MachineFiles.put(
                "#!/bin/sh\ncase $1 in *utilization*) echo 'T4, 42, 1, 2' ;; *) echo 'T4, 2' ;; esac\n", tool)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tool)
            try await withSpoke(folder) {
                $0.environment["PATH"] = folder + "/bin:/usr/bin:/bin"
            } _: { spoke in
                try await eventually {
                    let statuses = try spoke.client.subscribe(HostOperations.status, HostStatusInput())
                    defer { statuses.close() }
                    return try await statuses.next()?.gpus?.first?.percent == 42
                }
                let facts = try await spoke.client.call(HostOperations.facts, Empty())
                #expect(facts.gpus == [HostFacts.GPU(vendor: "nvidia", model: "T4", memory: 2 << 20)])
            }
        }
    }

    @Test("The GPUs' tool runs once at the start, then while somebody looks, and no more often than every 15 s")
    func pace() async throws {
        let (asked, clock) = (Recorder<Int>(), ManualClock())
        let watch = GPUWatch(clock: clock) {
            asked.add(1)
            return [HostStatus.GPUUse(model: "T4", percent: asked.count)]
        }
        let running = Task { await watch.run() }
        try await eventually { clock.sleepers == 1 }
        #expect(asked.count == 1)
        clock.advance(by: .seconds(15))
        try await eventually { clock.sleepers == 1 }
        #expect(asked.count == 1)
        for _ in 0..<5 { #expect(watch.last?.first?.percent == 1) }
        clock.advance(by: .seconds(14))
        #expect(asked.count == 1)
        clock.advance(by: .seconds(1))
        try await eventually { asked.count == 2 && clock.sleepers == 1 }
        #expect(watch.last?.first?.percent == 2)
        running.cancel()
        await running.value
    }
}
