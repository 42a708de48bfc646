import Foundation
import Operations
import Testing

@Suite("The list of operations in the documents")
struct OperationsPageTests {
    @Test("Docs/operations.md is what the binary prints")
    func isCurrent() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        let page = try String(contentsOf: root.appendingPathComponent("Docs/operations.md"), encoding: .utf8)
        #expect(page == OperationCatalog.markdown, "it is written by: make docs")
    }
}
