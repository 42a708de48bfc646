import CallProtocol

/// Images of a node's engine.
package enum ImageOperations {
    package static let list = Operation<Empty, ImageList>(
        "image/list", .query, summary: "Images on the node", errors: ContainerError.engine)

    package static let inspect = Operation<ImageRef, ImageView>(
        "image/inspect", .query, summary: "One image, by name or id", errors: ContainerError.image)

    package static let remove = Operation<ImageRemoveInput, ImageRemoved>(
        "image/remove", .mutation, subject: .input("image"), summary: "Remove an image, or one of its names",
        errors: ContainerError.image)

    package static let pull = Operation<ImagePullInput, ImageProgress>(
        "image/pull", .subscription, summary: "Fetch an image from its registry, telling how far each layer is",
        description:
            "The last answer has `terminal` and the image's id. Credentials are for this call and kept nowhere.",
        errors: ContainerError.pull)

    package static let load = Operation<Empty, Empty>(
        "image/load", .session, carriage: .bytes, summary: "Take images from a tar archive, for want of a registry",
        description: "The archive is what the caller sends to its END; the answer is the names, a line each.",
        errors: ContainerError.engine)
}

/// Names one image.
package struct ImageRef: Described, Hashable {
    package var image: String

    package init(image: String) { self.image = image }

    static let field = JSONSchema.string(minLength: 1, maxLength: 512)
        .describe("name, name:tag, name@digest, or an id")

    package static let schema = JSONSchema.object(["image": field], required: ["image"])
}

package struct ImageRemoveInput: Described, Hashable {
    package var image: String
    package var force: Bool?

    package init(image: String, force: Bool? = nil) {
        self.image = image
        self.force = force
    }

    package static let schema = JSONSchema.object(
        ["image": ImageRef.field, "force": .boolean.describe("Also while stopped containers use it")],
        required: ["image"])
}

package struct ImageRemoved: Described, Hashable {
    /// Names that were taken away.
    package var untagged: [String]
    /// What was deleted.
    package var deleted: [String]

    package init(untagged: [String], deleted: [String]) {
        self.untagged = untagged
        self.deleted = deleted
    }

    package static let schema = JSONSchema.object(
        ["untagged": .array(of: .string()), "deleted": .array(of: .string())], required: ["untagged", "deleted"])
}

/// Who asks a registry: a user with a password, or a token.
package struct RegistryAuth: Described, Hashable {
    package var username: String?
    package var password: String?
    /// Instead of both.
    package var identityToken: String?

    package init(username: String? = nil, password: String? = nil, identityToken: String? = nil) {
        self.username = username
        self.password = password
        self.identityToken = identityToken
    }

    package static let schema = JSONSchema.object(
        ["username": .string(), "password": .string(), "identityToken": .string()], required: [])
}

package struct ImagePullInput: Described, Hashable {
    package var image: String
    /// `linux/arm64`; the machine's own when left out.
    package var platform: String?
    package var auth: RegistryAuth?

    package init(image: String, platform: String? = nil, auth: RegistryAuth? = nil) {
        self.image = image
        self.platform = platform
        self.auth = auth
    }

    package static let schema = JSONSchema.object(
        ["image": ImageRef.field, "platform": .string(maxLength: 128), "auth": RegistryAuth.schema], required: ["image"]
    )
}

/// How far a pull is.
package struct ImageProgress: Described, Hashable {
    /// Nil for what is said of the whole.
    package var layer: String?
    /// The engine's words: `Downloading`, `Pull complete`.
    package var status: String
    package var current: Int64?
    package var total: Int64?
    /// The image, at the end.
    package var image: String?
    package var terminal: Bool?

    package init(
        layer: String? = nil, status: String, current: Int64? = nil, total: Int64? = nil, image: String? = nil
    ) {
        self.layer = layer
        self.status = status
        self.current = current
        self.total = total
        self.image = image
        terminal = image == nil ? nil : true
    }

    package static let schema = JSONSchema.object(
        [
            "layer": .string(), "status": .string(), "current": .bytes, "total": .bytes, "image": .string(),
            "terminal": .boolean,
        ], required: ["status"])
}

package struct ImageList: Described, Hashable {
    package var images: [ImageView]

    package init(images: [ImageView]) { self.images = images }

    package static let schema = JSONSchema.object(["images": .array(of: ImageView.schema)], required: ["images"])
}

package struct ImageView: Described, Hashable {
    /// `sha256:...`
    package var id: String
    package var tags: [String]
    package var digests: [String]
    package var createdAt: String?
    package var size: Int64
    package var labels: [String: String]
    /// Nil in lists.
    package var os: String?
    package var arch: String?

    package init(
        id: String, tags: [String], digests: [String], createdAt: String?, size: Int64, labels: [String: String]
    ) {
        self.id = id
        self.tags = tags
        self.digests = digests
        self.createdAt = createdAt
        self.size = size
        self.labels = labels
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string(), "tags": .array(of: .string()), "digests": .array(of: .string()), "createdAt": .timestamp,
            "size": .bytes, "labels": .map(of: .string()), "os": .string(), "arch": .string(),
        ], required: ["id", "tags", "digests", "size", "labels"])
}
