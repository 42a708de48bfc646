import Link
import Testing

@testable import capstan

@Suite("What capstan forward is told")
struct ForwardRuleTests {
    @Test(
        "is read in all its forms",
        arguments: [
            ("8080", "127.0.0.1:8080", "127.0.0.1:8080"), ("0:80", "127.0.0.1:0", "127.0.0.1:80"),
            ("5432:db:5432", "127.0.0.1:5432", "db:5432"), ("0.0.0.0:1:db:2", "0.0.0.0:1", "db:2"),
            ("*:1:db:2", "0.0.0.0:1", "db:2"), ("[::1]:1:[2001:db8::7]:2", "[::1]:1", "[2001:db8::7]:2"),
            ("1:[::1]:2", "127.0.0.1:1", "[::1]:2"),
        ])
    func read(_ text: String, _ listen: String, _ target: String) throws {
        let rule = try ForwardRule(text)
        #expect(rule.listen.description == listen && rule.target.description == target)
    }

    @Test(
        "is refused where it is none of them",
        arguments: ["", ":", "a", "1:2:3:4:5", "1:b:x", "1:b:70000", "[::1:2", "[::1]x:2", "1:b:0", "-1"])
    func refused(_ text: String) { #expect(throws: Failure.self) { try ForwardRule(text) } }
}
