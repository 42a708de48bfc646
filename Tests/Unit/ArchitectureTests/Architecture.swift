/// The rules applied to a source text; each violation is a sentence that says what, where and why.
enum Architecture {
    /// The module whose folder holds `path`; the longest folder wins.
    static func module(of path: String) -> ModuleRule? {
        ModuleRule.all.filter { path.hasPrefix($0.folder + "/") }.max { $0.folder.count < $1.folder.count }
    }

    /// Imports in the file at `path` that its module may not have.
    static func forbiddenImports(_ source: SwiftSource, at path: String) -> [String] {
        guard let module = module(of: path) else { return ["\(path): no module of the table owns this folder"] }
        return source.imports.compactMap { found in
            violation(found.module, by: module).map { "\(path):\(found.line): \($0)" }
        }
    }

    /// Lines that need a reason in the line above and have none.
    static func unexplained(_ source: SwiftSource, at path: String) -> [String] {
        ["fatalError(", "try!", "@unchecked Sendable", "nonisolated(unsafe)"].flatMap { dangerous in
            source.linesWithoutReason(for: dangerous).map { line in
                "\(path):\(line): \(dangerous) without the reason in a comment in the line above"
            }
        }
    }

    private static func violation(_ imported: String, by module: ModuleRule) -> String? {
        if imported == module.name || module.imports.contains(imported) || PackageRule.system.contains(imported) {
            return nil
        }
        if ModuleRule.all.contains(where: { $0.name == imported }) {
            return "\(module.name) may not import \(imported): \(ModuleRule.reason(module, imported))"
        }
        guard let package = PackageRule.all.first(where: { $0.module == imported }) else {
            return "\(imported) has no home in PackageRule.all: decide where it belongs and write down why"
        }
        guard let homes = package.homes, !homes.contains(module.name) else { return nil }
        let allowed = homes.isEmpty ? "no module" : homes.sorted().joined(separator: ", ")
        return "\(module.name) may not import \(imported), which is for \(allowed): \(package.reason)"
    }
}
