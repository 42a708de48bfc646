import CallProtocol
import Formats
import Foundation
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite struct HostTests {
    @Test("The facts are the machine's, read from its files")
    func facts() async throws {
        try await withFolder { folder in
            try MachineFiles.write(folder + "/root")
            let spoke = try Spoke(folder) {
                $0.roots = MachineFiles.roots(folder + "/root")
                $0.providerInstance = "i-7"
            }
            let facts = try await spoke.client.call(HostOperations.facts, Empty())
            #expect(facts.os == "Testix 1.0")
            #expect(facts.cpus == 3)
            #expect(facts.memory == 4 << 30)
            #expect(facts.limits == .accounting)
            #expect(facts.virtualization == "kvm")
            #expect(facts.hostFingerprint == "cd34")
            #expect(facts.providerInstance == "i-7")
            #expect(facts.software == "capstan test")
            #expect(!facts.arch.isEmpty)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("Memory that no machine has is no memory", arguments: ["-1", "9223372036854775807", "-9223372036854775808"])
    func impossibleMemory(kilobytes: String) {
        #expect(MemoryInfo("MemTotal: \(kilobytes) kB\n") == nil)
        #expect(MemoryInfo("MemTotal: 4 kB\nMemAvailable: \(kilobytes) kB\n")?.used == 4096)
    }

    @Test("A status comes at once with memory, load and disk")
    func status() async throws {
        try await withFolder { folder in
            try MachineFiles.write(folder + "/root")
            let spoke = try Spoke(folder) { $0.roots = MachineFiles.roots(folder + "/root") }
            let statuses = try spoke.client.subscribe(HostOperations.status, HostStatusInput(intervalSeconds: 5))
            let status = try #require(try await statuses.next())
            #expect(status.memoryTotal == 4 << 30)
            #expect(status.memoryUsed == 3 << 30)
            #expect(status.load1 == 0.5)
            #expect((status.diskTotal ?? 0) > 0)
            #expect(status.attempts == 0)
            #expect(RFC3339.milliseconds(status.now) != nil)
            statuses.close()
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("A new attempt shows in the next status without waiting for the interval")
    func changes() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let statuses = try spoke.client.subscribe(HostOperations.status, HostStatusInput(intervalSeconds: 300))
                #expect(try await statuses.next()?.attempts == 0)
                try await spoke.start("A1", script("exec sleep 600"))
                let begin = ContinuousClock.now
                var attempts = 0
                while attempts == 0, let status = try await statuses.next() { attempts = status.attempts }
                #expect(attempts == 1)
                #expect(ContinuousClock.now - begin < .seconds(200))
                statuses.close()
            }
        }
    }

    @Test("The processors' work between two readings is a share of a hundred")
    func busy() throws {
        let first = try #require(ProcStat("cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3 4 5\n"))
        let second = try #require(ProcStat("cpu  150 0 150 900 0 0 0 0 0 0\ncpu0 1 2 3 4 5\n"))
        #expect(second.busyPercent(since: first) == 50)
        #expect(first.busyPercent(since: first) == nil)
        #expect(ProcStat("nothing") == nil)
        #expect(ProcStat("cpu 1 2") == nil)
    }

    @Test("A container's limits stand where they are less than the machine")
    func limits() async throws {
        try await withFolder { folder in
            try MachineFiles.write(folder)
            try MachineFiles.put("150000 100000\n", folder + "/sys/fs/cgroup/cpu.max")
            try MachineFiles.put("1073741824\n", folder + "/sys/fs/cgroup/memory.max")
            try MachineFiles.put("536870912\n", folder + "/sys/fs/cgroup/memory.current")
            var configuration = SpokeConfiguration(
                stateDirectory: folder, executable: "",
                signer: { NodeSigner(spki: [], fingerprint: "") { $0 } }, software: "")
            configuration.roots = MachineFiles.roots(folder)
            let reader = HostReader(configuration: configuration)
            #expect(reader.processors() == 2)
            #expect(reader.memory()?.total == 1 << 30)
            #expect(reader.memory()?.used == 512 << 20)
        }
    }

    @Test("A tool that fails says nothing of the GPUs, and is asked again; what it answered is kept")
    func failingTool() async throws {
        try await withFolder { folder in
            let tool = folder + "/bin/nvidia-smi"
            func install(_ script: String) throws {
                try? FileManager.default.removeItem(atPath: tool)
                try MachineFiles.put("#!/bin/sh\n" + script + "\n", tool)
                chmod(tool, 0o755)
            }
            let spoke = try Spoke(folder) { $0.environment["PATH"] = folder + "/bin:/usr/bin:/bin" }
            func gpus() async throws -> [HostFacts.GPU]? {
                try await spoke.client.call(HostOperations.facts, Empty()).gpus
            }
            try install("echo 'NVIDIA-SMI has failed, no driver'; exit 9")
            #expect(try await gpus() == nil)
            try install("echo 'Tesla T4, 15360'")
            let found = [HostFacts.GPU(vendor: "nvidia", model: "Tesla T4", memory: 15_360 << 20)]
            #expect(try await gpus() == found)
            try FileManager.default.removeItem(atPath: tool)
            #expect(try await gpus() == found)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("Without the tool there are no GPUs")
    func noTool() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder) { $0.environment["PATH"] = folder }
            #expect(try await spoke.client.call(HostOperations.facts, Empty()).gpus == [])
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("NVIDIA's tool tells names and memory; nonsense tells nothing")
    func gpus() {
        #expect(
            GPUProbe.parse("NVIDIA H100 80GB HBM3, 81559\nTesla T4, [N/A]\nnonsense\n") == [
                HostFacts.GPU(vendor: "nvidia", model: "NVIDIA H100 80GB HBM3", memory: 81_559 << 20),
                HostFacts.GPU(vendor: "nvidia", model: "Tesla T4", memory: nil),
            ])
    }
}

/// A machine made of files.
enum MachineFiles {
    static func roots(_ folder: String) -> HostRoots {
        HostRoots(proc: folder + "/proc", sys: folder + "/sys", etc: folder + "/etc")
    }

    static func write(_ folder: String) throws {
        try put("cpu 1 2 3 4 5 6 7 8\ncpu0 1\ncpu1 1\ncpu2 1\nintr 5\n", folder + "/proc/stat")
        try put("MemTotal: 4194304 kB\nMemFree: 1 kB\nMemAvailable: 1048576 kB\n", folder + "/proc/meminfo")
        try put("0.50 0.40 0.30 1/100 1\n", folder + "/proc/loadavg")
        try put("/dev/root / ext4 rw 0 0\nproc /proc proc rw 0 0\n", folder + "/proc/mounts")
        try put("NAME=x\nPRETTY_NAME=\"Testix 1.0\"\n", folder + "/etc/os-release")
        try put("QEMU\n", folder + "/sys/class/dmi/id/sys_vendor")
    }

    static func put(_ text: String, _ path: String) throws {
        let url = URL(filePath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }
}
