import Testing

@testable import Providers

@Suite("Patterns of names")
struct NamePatternTests {
    @Test(
        "a star stands for any letters, and nothing else is special",
        arguments: [
            ("list*", "listPods", true), ("*Pod", "getPod", true), ("*", "x", true), ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("list", "listPods", false), ("a*a", "a", false), ("a*a", "aa", true), ("a.b", "axb", false),
            ("", "x", false),
        ])
    func matches(_ pattern: String, _ name: String, _ expected: Bool) {
        #expect(NamePattern.matches(pattern, name) == expected)
    }
}
