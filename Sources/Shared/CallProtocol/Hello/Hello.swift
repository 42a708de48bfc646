/// The first frame of each side: who speaks, what it understands and what it allows.
///
/// Unknown keys are ignored, so that later versions can add some.
package struct Hello: Hashable, Sendable, Codable {
    package enum Role: String, Sendable, Codable {
        case spoke, operator_ = "operator", tunnel, enrol, hub
    }

    package enum Carrying: String, Sendable, Codable {
        case control, bulk
    }

    /// One hop of a rotation: the old key signs the next key's SubjectPublicKeyInfo. Base64 texts.
    package struct KeyStatement: Hashable, Sendable, Codable {
        package var oldSpki: String
        package var newSpki: String
        package var signature: String

        package init(oldSpki: String, newSpki: String, signature: String) {
            self.oldSpki = oldSpki
            self.newSpki = newSpki
            self.signature = signature
        }
    }

    /// How many statements a HELLO may carry: a dialler that missed more rotations than that has to join again.
    package static let maximumKeyStatements = 64

    package var version: UInt32 = ProtocolVersion.current
    package var minVersion: UInt32 = ProtocolVersion.minimum
    /// Name and version of the program, for people.
    package var software: String
    package var role: Role
    package var link: Carrying = .control
    /// Which of the peer's links of this kind it is; a bulk link has 0 to 3.
    package var slot: Int?
    /// 128 random bits in hex, made when the process started.
    package var instance: String
    /// Rises with every link of the same instance and slot.
    package var generation: UInt64?
    /// What the other side may send at once on a stream that it opens.
    package var initialCredit: UInt32 = 65_536
    /// How many streams of the other side may be open at once.
    package var maxStreams: UInt32 = 256
    /// SHA-256 in hex of the peer's canonical operation list.
    package var operations: String?
    package var keyStatements: [KeyStatement]?
    package var features: [String] = []

    package init(software: String, role: Role, instance: String) {
        self.software = software
        self.role = role
        self.instance = instance
    }

    private enum CodingKeys: String, CodingKey {
        case version, minVersion, software, role, link, slot, instance, generation, initialCredit, maxStreams
        case operations, keyStatements, features
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        version = try values.decode(UInt32.self, forKey: .version)
        minVersion = try values.decodeIfPresent(UInt32.self, forKey: .minVersion) ?? version
        software = try values.decodeIfPresent(String.self, forKey: .software) ?? ""
        role = try values.decode(Role.self, forKey: .role)
        link = try values.decodeIfPresent(Carrying.self, forKey: .link) ?? .control
        slot = try values.decodeIfPresent(Int.self, forKey: .slot)
        instance = try values.decode(String.self, forKey: .instance)
        generation = try values.decodeIfPresent(UInt64.self, forKey: .generation)
        initialCredit = try values.decode(UInt32.self, forKey: .initialCredit)
        maxStreams = try values.decode(UInt32.self, forKey: .maxStreams)
        operations = try values.decodeIfPresent(String.self, forKey: .operations)
        keyStatements = try values.decodeIfPresent([KeyStatement].self, forKey: .keyStatements)
        features = try values.decodeIfPresent([String].self, forKey: .features) ?? []
    }

    /// What is wrong with a decoded HELLO, or nil when it can be worked with.
    package var defect: String? {
        if minVersion > version { return "minVersion \(minVersion) is above version \(version)" }
        if instance.utf8.count != 32 || !instance.utf8.allSatisfy(Self.isHexDigit) {
            return "instance must be 32 hex digits"
        }
        if initialCredit > Credit.maximum { return "initialCredit is above 2^31-1" }
        if software.utf8.count > 256 || features.count > 64 || (keyStatements?.count ?? 0) > Self.maximumKeyStatements {
            return "a field is larger than allowed"
        }
        if let slot, !(0...3).contains(slot) { return "slot must be 0 to 3" }
        return nil
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }

    /// The versions a HELLO names. Readable in a HELLO of any version, whatever else that one contains.
    package struct Versions: Hashable, Sendable, Decodable {
        package var version: UInt32
        package var minVersion: UInt32?

        /// nil where the bounds are the wrong way round.
        package var range: ClosedRange<UInt32>? {
            let lowest = minVersion ?? version
            return lowest <= version ? lowest...version : nil
        }
    }
}
